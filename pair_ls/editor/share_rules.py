"""Which files of a folder are shared when the whole of it is. Pure; the home of pathspec.

.gitignore and .ignore of every folder count, and .pair-ls/ignore of the shared one; the deeper rule wins, as in git.
What looks like a secret, or belongs to a tool, is never shared with the rest; opening it in the editor is naming it.
"""

import fnmatch
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

from pair_ls.editor.safe_path import path_key

IGNORE_FILES = (".gitignore", ".ignore")
"""Read in each folder, in this order: the later wins."""

_TOOL_FOLDERS = frozenset((".git", ".hg", ".svn", ".jj", ".bzr", ".pair-ls", "node_modules", "__pycache__", ".venv"))
_SECRET_PARTS = frozenset((".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker"))
_SECRET_NAMES = (
    ".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.asc",
    "*.gpg", "*.ppk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".npmrc", ".pypirc", ".netrc", "_netrc", ".git-credentials",
    ".htpasswd",
    ".pgpass", ".my.cnf", "credentials", "credentials.*", "secrets.*", "*.secret", "*.tfstate", "*.tfvars",
    "service-account*.json",
    "client_secret*.json",
)  # fmt: skip
_NO_SECRETS = (".env.example", ".env.sample", ".env.template", ".env.dist", "*.pub")


class ShareRules:
    """Grows while a tree is walked from the top: `add` a folder's rules before asking about what is in it."""

    def __init__(self) -> None:
        self._specs: dict[str, GitIgnoreSpec] = {}

    def add(self, folder: str, lines: Iterable[str]) -> None:
        """Rules of a folder ("" is the shared one), as the lines of its ignore files."""
        spec = GitIgnoreSpec.from_lines(lines)
        if len(spec):
            self._specs[folder] = spec

    def forget(self) -> None:
        """Start anew: an ignore file has changed."""
        self._specs.clear()

    def is_ignored(self, path: str, *, is_folder: bool = False) -> bool:
        """What the nearest rule says. The folders above must have been asked before: nothing in an ignored one is
        shared.
        """
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            spec = self._specs.get(folder)
            if spec is not None:
                inside = path[len(folder) + 1 :] if folder else path
                include = spec.check_file(f"{inside}/" if is_folder else inside).include
                if include is not None:
                    return include
        return False


def is_tool_folder(name: str) -> bool:
    """Whether a folder of this name belongs to a tool: not even looked into."""
    return path_key(name) in _TOOL_FOLDERS


def is_secret(path: str) -> bool:
    """Whether a file of this path usually holds keys, passwords or the like."""
    *folders, name = path_key(path).split("/")
    if not _SECRET_PARTS.isdisjoint(folders):
        return True
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in _NO_SECRETS):
        return False
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRET_NAMES)
