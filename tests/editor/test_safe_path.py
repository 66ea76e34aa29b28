"""Document paths on receipt, as they would be on Linux, Windows and macOS: the rules are pure, so all are tested
everywhere.
"""

import ntpath
import posixpath
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.editor.safe_path import check_path, path_key, runs_things, shown
from pair_ls.errors import PathRefused

HOSTILE = [
    "../x", "a/../../x", "/etc/passwd", "~/.ssh/authorized_keys", "~", "C:\\x", "C:x", "c:/x", "\\\\srv\\share",
    "//srv/share", "a\\..\\b",
    "con", "CON.txt", "aux.py", "nul", "NUL .txt", "COM1", "lpt1.log", "com¹", "a/con/b", "x.", "x ", " x", "a/ b",
    "a./b", "a/./b", "a//b",
    "a/", "", ".", "..", "...", "x\0y", "a\nb", "a\tb", "a\u202etxt.exe", "a\u2066b", "a\u200dgit",
    ".g\u200cit/config", "e\u0301.py",
    "\ud800", "file.txt:ads", "a*b", "a?b", "a|b", "a<b", 'a"b', "x" * 300, "/".join("a" * 40), "GIT~1/config",
    "PROGRA~1", "é" * 300,
    "\ufeffa", "a\x7fb", "\u2028", "..;/x/..", "a/..", "\u00a0x", "x\u3000",
]  # fmt: skip
NEVER = [
    ".git/hooks/pre-commit", ".git/config", ".GIT/hooks/x", "sub/.git/config", ".git", ".hg/hgrc", ".svn/x",
    ".pair-ls/token",
    ".Pair-LS/room.json", ".ｇit/config", ".ssh/authorized_keys", "a/.gnupg/x",
]  # fmt: skip
RUNNING = [
    ".vscode/tasks.json", ".VSCode/settings.json", "sub/.vscode/launch.json", ".idea/workspace.xml", ".envrc",
    "a/.envrc", ".exrc",
    ".nvim.lua", ".dir-locals.el", ".bashrc", ".ZSHRC", ".gitmodules", ".gitattributes", ".github/workflows/x.yml",
    ".husky/pre-commit",
    "conftest.py", "Makefile", "x.pth", "proj.code-workspace", ".cursor/mcp.json", ".mcp.json",
    ".devcontainer/devcontainer.json",
    ".npmrc", ".pre-commit-config.yaml", "setup.py", ".cargo/config.toml", "run.BAT", "x.desktop",
    ".claude/settings.json", ".vscode",
]  # fmt: skip
GOOD = [
    "a.py", "src/main.py", "日本語/ファイル.txt", "é.py", "a b.txt", ".gitignore", "con_fig.py", "console.py", "x..y",
    ".hidden", "git/x",
    "vscode/a", "a-b_c.d", "😀.md", "name (2).py", "a~b.txt", "com.py", "README.md", "Ünï/çødé.c", "lpt.txt",
    "a/b/c/d/e.rs", "%2e%2e/x",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE + NEVER)
def test_hostile_path_is_refused_with_a_sentence_that_can_be_shown(path: str) -> None:
    with pytest.raises(PathRefused) as refused:
        check_path(path)
    message = refused.value.message
    assert message.endswith(".")
    message.encode()
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in message)


@pytest.mark.parametrize("path", GOOD)
def test_ordinary_path_is_fine_and_runs_nothing(path: str) -> None:
    assert check_path(path) == path
    assert not runs_things(path)


@pytest.mark.parametrize("path", RUNNING)
def test_path_that_makes_a_machine_run_things_needs_a_yes(path: str) -> None:
    assert check_path(path) == path
    assert runs_things(path)


def test_paths_that_some_file_system_takes_for_one_have_one_key() -> None:
    assert path_key("README.md") == path_key("readme.MD")
    assert path_key("straße") == path_key("STRASSE")
    assert path_key("é.py") == path_key("e\u0301.py")
    assert path_key("ﬁle") == path_key("file")
    assert path_key("a.py") != path_key("b.py")


def test_shown_path_hides_nothing() -> None:
    assert shown("a\u202eb") == "a\\u202eb"
    assert len(shown("x" * 500)) < 90


ALPHABET = st.sampled_from(
    [*"ab.~: /\\C*", "..", "/", "con", "é", "e\u0301", "\u202e", "\0", "😀", ".git", "GIT~1", " "]
)


@given(st.lists(ALPHABET, max_size=12).map("".join) | st.text(max_size=30))
def test_accepted_path_stays_below_any_folder_on_any_system(path: str) -> None:
    try:
        check_path(path)
    except PathRefused:
        return
    for module, root in ((posixpath, "/shared/folder"), (ntpath, "C:\\shared\\folder")):
        joined = module.normpath(module.join(root, path))
        assert module.commonpath([root, joined]) == root
        assert joined != root
        assert not module.isabs(path)
        assert module.splitdrive(path)[0] == ""
    for part in path.split("/"):
        assert part == part.rstrip(". ")
        assert path_key(part).split(".")[0] not in ("con", "nul", "aux", "prn")
    assert check_path(path) == path == unicodedata.normalize("NFC", path)
