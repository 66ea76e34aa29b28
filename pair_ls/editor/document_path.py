"""The uri of a file in an editor <-> its path in the room: relative to the shared folder, with "/". Pure.

Both ways the path passes `check_path`, so no uri of the editor and no path of a participant names anything outside the
folder. What only a disk can tell (a symbolic link that leaves) is for the shell to look at.
"""

import re
import unicodedata
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import quote, unquote, urlsplit

from pair_ls.editor.safe_path import check_path
from pair_ls.errors import PathRefused

_DRIVE = re.compile(r"[A-Za-z]:")


def document_path(uri: str, root: PurePath) -> str:
    """The path in the room of an editor's document. PathRefused if it is no file, not below `root`, or not a safe name.

    `root` is absolute and of this machine's kind (a test may pass the other kind). The room's paths are composed
    Unicode (NFC); macOS may name files otherwise.
    """
    path = file_of(uri, root)
    if path is None or ".." in path.parts:
        raise PathRefused(f"{uri} is not shared: it is not a file on this machine.", code="path-no-file")
    try:
        relative = path.relative_to(root)
    except ValueError:
        raise PathRefused(
            f"{path} is not shared: it is outside the shared folder {root}. Move it there, or share its folder.",
            code="path-outside",
        ) from None
    return check_path(unicodedata.normalize("NFC", relative.as_posix()))


def uri_of(root: PurePath, path: str) -> str:
    """The uri of a path of the room; PathRefused if no file may have this path. Percent-encoded as VS Code does it."""
    file = (root / check_path(path)).as_posix()
    if _DRIVE.match(file):
        return f"file:///{file[0].lower()}%3A{quote(file[2:])}"
    return "file:" + quote(file) if file.startswith("//") else "file://" + quote(file)


def file_of(uri: str, root: PurePath) -> PurePath | None:
    r"""The absolute path of a `file:` uri, of the kind of `root`, or None. A host makes it a share: \\host\..."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return None
    path = unquote(parts.path)
    if isinstance(root, PureWindowsPath):
        if parts.netloc:
            return PureWindowsPath(f"//{unquote(parts.netloc)}{path}")
        file = PureWindowsPath(path.removeprefix("/"))
        return file if file.is_absolute() else None
    if parts.netloc not in ("", "localhost") or "\0" in path:
        return None
    return PurePosixPath(path) if path.startswith("/") else None
