"""`.pair-ls/` in a folder that takes part in a room: which room, as whom, and copies of texts that must not be lost.

    room.json    hubUrl, roomId, participant, name, and the links if we made the room     (0600)
    token        what proves our right to enter                                          (0600)
    base/        per document, the last text that this folder and the room had in common
    backup/      per time, what stood in an editor before the room's text replaced it
    .gitignore   "*": nothing of this is in anyone's git

The folder is 0700. Files are replaced atomically.
"""

import contextlib
import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pair_ls.errors import SettingsError
from pair_ls.language_server.hub_connection import HubAddress

FOLDER_NAME = ".pair-ls"


@dataclass(frozen=True, slots=True)
class JoinedFolder:
    """A folder and the room that it takes part in. `invite` and `page` are known where the room was made."""

    path: Path
    address: HubAddress
    invite: str | None = field(default=None, repr=False)
    page: str | None = field(default=None, repr=False)
    shares_all: bool = False  # whatever file comes into being here is shared, not only those that an editor opens

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What `path/.pair-ls/` says; None if the folder has joined no room."""
        try:
            known = json.loads((path / FOLDER_NAME / "room.json").read_text(encoding="utf-8"))
            address = _address(known, _token(path))
            return cls(path, address, known.get("invite"), known.get("page"), known.get("shares") == "all")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise SettingsError(
                f"{path / FOLDER_NAME / 'room.json'} cannot be read ({type(error).__name__}). Join the room again with"
                " `pair-ls join LINK`, or delete that folder to leave it."
            ) from error

    @classmethod
    def containing(cls, path: Path) -> Self | None:
        """The nearest folder at or above `path` that has joined a room."""
        for folder in (path, *path.parents):
            found = cls.load(folder)
            if found is not None:
                return found
        return None

    def save(self) -> None:
        """Remember the room; from now on an editor opened here joins by itself."""
        folder = self.path / FOLDER_NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        write_atomically(folder / ".gitignore", b"*\n")
        if self.address.token is not None:
            write_atomically(folder / "token", self.address.token.encode())
        else:
            (folder / "token").unlink(missing_ok=True)
        write_atomically(folder / "room.json", json.dumps(self._as_json(), indent=2).encode() + b"\n")

    def forget(self) -> None:
        """Leave the room. The shared files and the backups stay as they are; base texts stay for coming back."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / FOLDER_NAME / "room.json").unlink()
        with contextlib.suppress(FileNotFoundError):
            (self.path / FOLDER_NAME / "token").unlink()

    def _as_json(self) -> dict[str, Any]:
        known = {
            "hubUrl": self.address.hub_url,
            "roomId": self.address.room_id,
            "participant": self.address.participant,
            "name": self.address.name,
            "invite": self.invite,
            "page": self.page,
            "shares": "all" if self.shares_all else None,
        }
        return {key: value for key, value in known.items() if value is not None}


def new_participant() -> str:
    """A secret that tells the hub it is us again."""
    return secrets.token_urlsafe(24)


def _address(known: dict[str, Any], token: str | None) -> HubAddress:
    return HubAddress(
        hub_url=known["hubUrl"],
        room_id=known["roomId"],
        participant=known["participant"],
        name=known["name"],
        token=token,
    )


def _token(path: Path) -> str | None:
    try:
        return (path / FOLDER_NAME / "token").read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


class KeptTexts:
    """Texts of one joined folder that outlive the process: the last common one of each document, and backups."""

    def __init__(self, folder: Path, room_id: str) -> None:
        # A room's own folder of bases: document ids of different rooms may be equal ("main").
        room = hashlib.sha256(room_id.encode()).hexdigest()[:16]
        self._bases = folder / FOLDER_NAME / "base" / room
        self._backups = folder / FOLDER_NAME / "backup"

    def base(self, document_id: str) -> str | None:
        """The last common text of a document, None if none is known."""
        try:
            return (self._bases / document_id).read_bytes().decode()
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def save_base(self, document_id: str, text: str) -> None:
        """Both the room and this folder have this text now."""
        self._bases.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self._bases / document_id, text.encode())

    def forget_base(self, document_id: str) -> None:
        """What was common is not any more."""
        (self._bases / document_id).unlink(missing_ok=True)

    def back_up(self, document_path: str, text: str, *, time_name: str) -> Path:
        """Keep a text that is about to be replaced; where it lies."""
        place = self._backups / time_name / Path(*document_path.split("/"))
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(place, text.encode())
        return place


def write_atomically(path: Path, data: bytes) -> None:
    """Readable by its owner only; whoever reads sees the old bytes or the new ones, never a part."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
