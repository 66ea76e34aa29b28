"""Reading and writing shared files, always below one folder. Waits for the disk: runs in the folder's own thread.

Promises: no symbolic link is followed, not even one put there a moment ago (each part of a path is opened from the one
before);
whoever reads a file sees its old bytes or its new ones; mode, line ending and byte order mark stay as they were.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pair_ls.editor import LineEnding, check_text, from_editor, line_ending_of, to_editor
from pair_ls.editor.safe_path import check_path, shown
from pair_ls.errors import PathRefused, TextRefused

_BOM = b"\xef\xbb\xbf"
_NEW_FILE_MODE = 0o666  # the umask takes away what the user wants taken away
_CAN_WALK = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_FOLLOW
_READ = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells whether a file may have changed, without reading it."""

    modified_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """From what the system says about a file."""
        return cls(status.st_mtime_ns, status.st_size, status.st_ino)


@dataclass(frozen=True, slots=True)
class Form:
    """How a file's text is written as bytes, and the file's mode."""

    line_ending: LineEnding = LineEnding.LF
    has_bom: bool = False
    mode: int | None = None

    def encode(self, text: str) -> bytes:
        """The bytes of a text in this form."""
        return (_BOM if self.has_bom else b"") + to_editor(text, self.line_ending).encode()


@dataclass(frozen=True, slots=True)
class FileText:
    """A text file as it lies on the disk; `text` has LF only, as the room has it."""

    text: str
    form: Form
    stamp: Stamp
    data: bytes


class FolderFiles:
    """The files below `root`. Paths are those of documents in the room."""

    def __init__(self, root: Path, *, temporary: Path, max_bytes: int) -> None:
        """New bytes are first written below `temporary`, on the same file system where that can be had."""
        self.root = root
        self._temporary = temporary
        self._max_bytes = max_bytes

    def clear_temporary(self) -> None:
        """What a process that was killed has left half written."""
        with contextlib.suppress(OSError):
            for left in self._temporary.iterdir():
                left.unlink(missing_ok=True)

    def read(self, path: str) -> FileText | None:
        """The file; None if there is none. Raises TextRefused or PathRefused with why it is not shared, or OSError."""
        try:
            with self._place(path) as (name, folder):
                descriptor = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise PathRefused(f"{shown(path)} is not a plain file, so it is not shared.")
        with os.fdopen(descriptor, "rb") as file:
            if status.st_size > self._max_bytes:
                raise too_large(path, self._max_bytes)
            data = file.read(self._max_bytes + 4)
        return _decoded(path, data, status)

    def read_bytes(self, path: str) -> bytes | None:
        """All bytes of a plain file, whatever they are; None if there is none. Raises PathRefused or OSError."""
        try:
            with self._place(path) as (name, folder):
                descriptor = os.open(name, _READ, dir_fd=folder)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def stamp(self, path: str) -> Stamp | None:
        """What tells whether the file has changed; None if there is no plain file."""
        try:
            with self._place(path) as (name, folder):
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (OSError, PathRefused):
            return None
        return Stamp.of(status) if stat.S_ISREG(status.st_mode) else None

    def write(self, path: str, text: str, form: Form) -> Stamp:
        """Replace or make the file. Raises PathRefused or OSError; then the file is as it was."""
        data = form.encode(text)
        try:
            with self._place(path, is_made=True) as (name, folder):
                _assert_may_replace(path, name, folder)
                return self._replace(name, folder, data, form.mode)
        except OSError as error:
            raise _refused(path, error) from error

    def write_bytes(self, path: str, data: bytes) -> Stamp:
        """As `write`, of bytes."""
        try:
            with self._place(path, is_made=True) as (name, folder):
                _assert_may_replace(path, name, folder)
                return self._replace(name, folder, data, None)
        except OSError as error:
            raise _refused(path, error) from error

    def remove(self, path: str) -> None:
        """Take the file away, and folders that are empty then. It is fine if it is gone already."""
        try:
            with self._place(path) as (name, folder):
                os.unlink(name, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        self._remove_empty_folders(path)

    def rename(self, old: str, new: str) -> None:
        """Move the file. Raises FileExistsError if something is at the new path, FileNotFoundError if nothing is at the
        old.
        """
        try:
            with self._place(old) as (old_name, old_folder), self._place(new, is_made=True) as (new_name, new_folder):
                if _exists(new_name, new_folder) and not _is_same(old_name, old_folder, new_name, new_folder):
                    raise FileExistsError(errno.EEXIST, "something is at the new path", new)
                os.rename(old_name, new_name, src_dir_fd=old_folder, dst_dir_fd=new_folder)
        except (FileExistsError, FileNotFoundError):
            raise
        except OSError as error:
            raise _refused(new, error) from error
        self._remove_empty_folders(old)

    def _replace(self, name: str, folder: int | None, data: bytes, mode: int | None) -> Stamp:
        temporary = self._temporary / secrets.token_hex(8)
        try:
            _write_new(str(temporary), None, data, mode)
            os.replace(temporary, name, dst_dir_fd=folder)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            if error.errno not in (errno.EXDEV, errno.ENOENT):
                raise
            beside = f".{secrets.token_hex(8)}.pair-ls-tmp"
            beside = beside if folder is not None else str(Path(name).with_name(beside))
            _write_new(beside, folder, data, mode)
            os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
        return Stamp.of(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def _remove_empty_folders(self, path: str) -> None:
        while "/" in path:
            path = path.rpartition("/")[0]
            try:
                with self._place(path) as (name, folder):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return

    @contextlib.contextmanager
    def _place(self, path: str, *, is_made: bool = False) -> Iterator[tuple[str, int | None]]:
        """The last part's name and the folder it is in, as os functions want them. `is_made`: make missing folders."""
        check_path(path)
        *folders, name = path.split("/")
        if not _CAN_WALK:
            yield self._resolved(folders, is_made=is_made, path=path), None
            return
        current = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in folders:
                inner = _open_folder(part, current, is_made=is_made)
                os.close(current)
                current = inner
            yield name, current
        finally:
            os.close(current)

    def _resolved(self, folders: list[str], *, is_made: bool, path: str) -> str:
        """Where the system cannot open from a folder (Windows): resolve the folder and see that it is still inside."""
        parent = self.root.joinpath(*folders)
        if is_made:
            parent.mkdir(parents=True, exist_ok=True)
        if Path(os.path.realpath(parent)) != Path(os.path.realpath(self.root)).joinpath(*folders):
            raise PathRefused(f"{shown(path)} leads out of the folder through a link, so it is not touched.")
        return str(parent / path.rpartition("/")[2])


def too_large(path: str, max_bytes: int) -> TextRefused:
    """Why a file is not shared."""
    return TextRefused(
        f"{shown(path)} is not shared: it is larger than {max_bytes:,} bytes (setting max_document_bytes).",
        code="text-too-large",
    )


def _decoded(path: str, data: bytes, status: os.stat_result) -> FileText:
    has_bom = data.startswith(_BOM)
    try:
        raw = data[3:].decode() if has_bom else data.decode()
        check_text(raw)
    except UnicodeDecodeError as error:
        raise TextRefused(f"{shown(path)} is not shared: it is binary, or not in UTF-8.", code="text-binary") from error
    except TextRefused as error:
        raise TextRefused(f"{shown(path)}: {error.message}", code=error.code) from error
    form = Form(line_ending_of(raw), has_bom, stat.S_IMODE(status.st_mode))
    return FileText(from_editor(raw), form, Stamp.of(status), data)


def _open_folder(part: str, folder: int, *, is_made: bool) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not is_made:
            raise
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, dir_fd=folder)
        return os.open(part, _FOLDER, dir_fd=folder)


def _write_new(name: str, folder: int | None, data: bytes, mode: int | None) -> None:
    descriptor = os.open(name, _WRITE, _NEW_FILE_MODE, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)


def _exists(name: str, folder: int | None) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _is_same(name: str, folder: int | None, other: str, other_folder: int | None) -> bool:
    """A file system that takes both names for one: only the letters' case changes."""
    one = os.stat(name, dir_fd=folder, follow_symlinks=False)
    two = os.stat(other, dir_fd=other_folder, follow_symlinks=False)
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino) and one.st_nlink == 1


def _assert_may_replace(path: str, name: str, folder: int | None) -> None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        raise PathRefused(f"{shown(path)} is not a plain file here, so it is not replaced.")


def _refused(path: str, error: OSError) -> Exception:
    """What the system says, as a sentence about the path where it is about the path."""
    match error.errno:
        case errno.ELOOP | errno.ENOTDIR | errno.EMLINK:
            return PathRefused(f"{shown(path)} leads through a link or a file, so it is not touched.")
        case errno.EISDIR | errno.ENXIO:
            return PathRefused(f"{shown(path)} is not a plain file here, so it is not shared.")
        case errno.ENAMETOOLONG:
            return PathRefused(f"{shown(path)} is too long for this file system.")
    return error
