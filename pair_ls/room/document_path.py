"""Paths of documents in a room: relative, "/" between the parts, never out of the room, unique whatever the case.

The editor side decides which of them may become files on a disk; this only keeps the index clean for everybody.
"""

import unicodedata
from collections.abc import Callable, Iterable

from pair_ls.errors import PathRefused

_MOST_BYTES = 512
_EXTENSIONS = {
    "c": ".c", "clojure": ".clj", "cpp": ".cpp", "csharp": ".cs", "css": ".css", "dart": ".dart", "elixir": ".ex",
    "go": ".go", "haskell": ".hs", "html": ".html", "java": ".java", "javascript": ".js", "javascriptreact": ".jsx",
    "json": ".json", "julia": ".jl", "kotlin": ".kt", "lua": ".lua", "markdown": ".md", "perl": ".pl", "php": ".php",
    "python": ".py", "r": ".r", "ruby": ".rb", "rust": ".rs", "scala": ".scala", "shellscript": ".sh", "sql": ".sql",
    "swift": ".swift", "toml": ".toml", "typescript": ".ts", "typescriptreact": ".tsx", "yaml": ".yaml",
}  # fmt: skip


def clean_path(path: object) -> str:
    """The path in NFC. Raises PathRefused with what is wrong."""
    if not isinstance(path, str) or not path:
        raise PathRefused("A document needs a path.")
    path = unicodedata.normalize("NFC", path)
    if len(path.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise PathRefused(f"The path is longer than {_MOST_BYTES} bytes.")
    if "\\" in path or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in path):
        raise PathRefused("The path contains a backslash or a control character; parts are separated by /.")
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise PathRefused("The path must be relative to the room and must not contain empty parts, . or ..")
    return path


def path_key(path: str) -> str:
    """Equal for paths that some file system takes for the same."""
    return unicodedata.normalize("NFKC", path).casefold()


def free_path(path: str, taken: Iterable[str]) -> str:
    """`path`, or "name (2).ext", "name (3).ext" ... : the first whose key is not among those of `taken`."""
    keys = {path_key(other) for other in taken}
    return first_free(path, keys.__contains__)


def first_free(path: str, is_taken: Callable[[str], bool]) -> str:
    """The same, for one who knows the keys that are taken."""
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not stem:  # no extension, or a name such as .gitignore
        stem, dot, extension = name, "", ""
    number, candidate = 1, path
    while is_taken(path_key(candidate)):
        number += 1
        candidate = f"{folder}{slash}{stem} ({number}){dot}{extension}"
    return candidate


def main_path(language: str) -> str:
    """What the main document is called when nobody has said it; `language` is an LSP language id."""
    return "main" + _EXTENSIONS.get(language, ".txt")
