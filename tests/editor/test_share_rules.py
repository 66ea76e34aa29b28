"""Which files are shared when the whole folder is."""

import pytest

from pair_ls.editor.share_rules import ShareRules, is_secret, is_tool_folder


def rules(**folders: str) -> ShareRules:
    made = ShareRules()
    for folder, lines in folders.items():
        made.add(folder.replace("root", ""), lines.split())
    return made


def test_ignored_files_are_not_shared() -> None:
    made = rules(root="*.log !keep.log build/ /top.txt")
    assert made.is_ignored("a.log")
    assert made.is_ignored("deep/a.log")
    assert not made.is_ignored("keep.log")
    assert made.is_ignored("build", is_folder=True)
    assert not made.is_ignored("build")
    assert made.is_ignored("top.txt")
    assert not made.is_ignored("deep/top.txt")
    assert not made.is_ignored("é 😀.py")


def test_the_deeper_rule_wins() -> None:
    made = rules(root="*.gen", sub="!*.gen /only")
    assert made.is_ignored("a.gen")
    assert not made.is_ignored("sub/a.gen")
    assert made.is_ignored("sub/only")
    assert not made.is_ignored("only")


def test_later_lines_win_within_a_folder() -> None:
    assert not rules(root="*.md !*.md").is_ignored("x.md")
    assert rules(root="!*.md *.md").is_ignored("x.md")


@pytest.mark.parametrize(
    "path",
    [".env", ".env.local", "a/.ENV.production", "prod.env", "server.key", "x.pem", "id_rsa", "id_ed25519", ".npmrc",
    ".aws/config",
     "terraform.tfstate", "credentials.json", "a/.ssh/config", "secrets.yaml", "store.jks", ".netrc"],
)  # fmt: skip
def test_what_looks_like_a_secret_is_not_shared_with_the_rest(path: str) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path",
    [".env.example", "key.py", "environment.py", "secretary.md", "keys/readme.md", "id.rsa.txt", "monkey.key.md"],
)
def test_what_does_not_look_like_one_is(path: str) -> None:
    assert not is_secret(path)


def test_folders_of_tools_are_not_looked_into() -> None:
    assert all(map(is_tool_folder, (".git", ".GIT", ".pair-ls", "node_modules")))
    assert not is_tool_folder("src")
