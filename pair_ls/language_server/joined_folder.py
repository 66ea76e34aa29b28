"""`.pair-ls/` in a folder that takes part in a room: which room, as whom, and copies of texts that must not be lost.

    room.json    hubUrl, roomId, participant, name, and the links if we made the room     (0600)
    token        what proves our right to enter                                          (0600)
    base/        per document, the last text that this folder and the room had in common
    backup/      per time, what stood in a file or an editor before the room's text replaced it
    allowed      paths that make machines run things and that somebody here has said yes to
    ignore       yours to write: what is not shared with the rest, as in .gitignore
    .gitignore   "*": nothing of this is in anyone's git

The folder is 0700. Files are replaced atomically.
"""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pair_ls.editor.join_policy import OnConflict
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
    on_conflict: OnConflict = OnConflict.ASK  # what to do where a file and the room differ

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """What `path/.pair-ls/` says; None if the folder has joined no room."""
        try:
            known = json.loads((path / FOLDER_NAME / "room.json").read_text(encoding="utf-8"))
            address = _address(known, _token(path))
            shares_all, on_conflict = known.get("shares") == "all", OnConflict(known.get("onConflict", "ask"))
            return cls(path, address, known.get("invite"), known.get("page"), shares_all, on_conflict)
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
            "onConflict": None if self.on_conflict is OnConflict.ASK else self.on_conflict.value,
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


def write_atomically(path: Path, data: bytes) -> None:
    """Readable by its owner only; whoever reads sees the old bytes or the new ones, never a part."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:  # cleans up, and lets it go on up
        temporary.unlink(missing_ok=True)
        raise
