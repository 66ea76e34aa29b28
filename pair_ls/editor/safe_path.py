"""Which document paths may become files on this machine. Pure; every receiver asks here, whoever sent the path.

Three answers: fine; refused, with a sentence (`check_path`); and fine as a name, but a file there makes a machine run
something, so a person has to say yes first (`runs_things`). The table for people is in docs/security.md.
"""

import re
import unicodedata

from pair_ls.errors import PathRefused

MOST_BYTES = 512
MOST_PART_BYTES = 240
"""Below the 255 of every file system: a temporary name beside it, and " (2)", must fit too."""
MOST_PARTS = 32

_SPECIAL = frozenset('<>"|?*:\\')
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{name}{digit}" for name in ("com", "lpt") for digit in "0123456789¹²³"),
    ]
)
_SHORT_NAME = re.compile(r".*~\d+(\..*)?")
_NEVER = frozenset((".git", ".hg", ".svn", ".jj", ".bzr", "cvs", ".pair-ls", ".ssh", ".gnupg"))

_RUN_FOLDERS = frozenset(
    [
        ".vscode", ".idea", ".vs", ".fleet", ".zed", ".cursor", ".windsurf", ".claude", ".gemini", ".codex",
        ".devcontainer",
        ".husky", ".githooks", ".github", ".gitlab", ".circleci", ".buildkite", ".nvim", ".vim", ".helix", ".direnv",
        ".cargo", ".mvn",
        ".bundle", ".yarn", ".config", ".local",
    ]
)  # fmt: skip
_RUN_FILES = frozenset(
    [
        # editors and shells read these by themselves
        ".envrc", ".exrc", ".nvimrc", ".nvim.lua", ".vimrc", ".gvimrc", ".lvimrc", ".dir-locals.el", ".emacs",
        ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv",
        ".zprofile",
        ".zlogin", ".kshrc", ".cshrc", ".tcshrc", ".xinitrc", ".xprofile", ".inputrc", ".tmux.conf", ".screenrc",
        ".mcp.json",
        # version control, package managers, build and test tools
        ".gitmodules", ".gitattributes", ".gitconfig", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", ".pypirc",
        ".pdbrc", ".gdbinit",
        ".lldbinit", ".irbrc", ".pre-commit-config.yaml", ".lefthook.yml", "lefthook.yml", ".gitlab-ci.yml",
        ".travis.yml", "jenkinsfile",
        "azure-pipelines.yml", "makefile", "gnumakefile", "justfile", "rakefile", "taskfile.yml", "conftest.py",
        "sitecustomize.py",
        "usercustomize.py", "noxfile.py", "setup.py", "build.rs", "mise.toml", ".mise.toml", "flake.nix", "shell.nix",
    ]
)  # fmt: skip
_RUN_ENDINGS = (
    ".pth",
    ".code-workspace",
    ".desktop",
    ".lnk",
    ".url",
    ".scf",
    ".app",
    ".command",
    ".bat",
    ".cmd",
    ".ps1",
    ".service",
)


def check_path(path: str) -> str:
    """The path, if every machine can have a file of this name and nobody is fooled by it. Else raises PathRefused."""
    problem = _problem(path)
    if problem is not None:
        raise PathRefused(f"The path {shown(path)} is refused: {problem}")
    return path


def runs_things(path: str) -> bool:
    """Whether git, an editor, a shell or a build tool may run what stands in a file of this path without asking."""
    parts = path_key(path).split("/")
    name = parts[-1]
    return (
        not _RUN_FOLDERS.isdisjoint(parts[:-1])
        or name in _RUN_FILES
        or name in _RUN_FOLDERS
        or name.endswith(_RUN_ENDINGS)
    )


def path_key(path: str) -> str:
    """Equal for paths that some file system takes for the same: case and Unicode form do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


def shown(path: str) -> str:
    """The path as it can be shown: what is invisible is written as its code."""
    kept = "".join(c if unicodedata.category(c) not in _INVISIBLE else f"\\u{ord(c):04x}" for c in path)
    return kept if len(kept) <= 80 else f"{kept[:40]}...{kept[-30:]}"


def _problem(path: str) -> str | None:
    if not path:
        return "it is empty."
    if any(unicodedata.category(character) in _INVISIBLE for character in path):
        return "it contains control, direction or other invisible characters."
    if unicodedata.normalize("NFC", path) != path:
        return "its letters are not in the composed Unicode form (NFC), so that two machines would not agree on it."
    if len(path.encode()) > MOST_BYTES:
        return f"it is longer than {MOST_BYTES} bytes."
    if path.startswith(("/", "~")):
        return "it is not relative to the folder."
    if not _SPECIAL.isdisjoint(path):
        return 'it contains one of < > " | ? * : \\, which are special on some machines.'
    parts = path.split("/")
    if len(parts) > MOST_PARTS:
        return f"it is nested more than {MOST_PARTS} folders deep."
    return next((problem for part in parts if (problem := _problem_of_part(part)) is not None), None)


def _problem_of_part(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "it has empty parts, . or .. in it."
    if len(part.encode()) > MOST_PART_BYTES:
        return f"a name in it is longer than {MOST_PART_BYTES} bytes."
    if part != part.strip() or part.endswith("."):
        return "a name in it begins or ends with a space, or ends with a dot, which Windows drops."
    key = path_key(part)
    if key.split(".")[0].strip() in _DEVICES:
        return "a name in it is that of a device on Windows."
    if _SHORT_NAME.fullmatch(key):
        return "a name in it looks like a short name (GIT~1), which may stand for another file."
    if key in _NEVER:
        return f"{key} belongs to a tool alone and is never shared."
    return None
