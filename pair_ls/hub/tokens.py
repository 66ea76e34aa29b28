"""Signed invites: JSON web tokens (RFC 7519), HS256, made and read by this hub alone; the key is in the data folder."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import jwt

from pair_ls.errors import InvalidInvite, SettingsError
from pair_ls.room.role import Role
from pair_ls.storage import InviteRecord

ISSUER = "pair-ls"
AUDIENCE = "pair-ls"
ALGORITHM = "HS256"
LARGEST_TOKEN = 8192
"""Longer ones are refused before they are decoded."""
LEAST_KEY_BYTES = 32
LEEWAY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    room_id: str
    role: Role
    invite_id: str
    expires_at: float | None
    subject: str | None = None
    """Who it is for, if somebody else issued it: then there is no invite of ours behind it."""


class Tokens:
    """Issues and reads tokens with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, invite: InviteRecord) -> str:
        """The token of an invite."""
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "jti": invite.invite_id,
            "room": invite.room_id,
            "role": invite.role,
            "iat": int(invite.issued_at),
        }
        if invite.expires_at is not None:
            claims["exp"] = int(invite.expires_at)
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> Claims:
        """Raises InvalidInvite: forged, expired, malformed, or of somebody else."""
        if len(token) > LARGEST_TOKEN:
            raise _refused("it is too long")
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "jti", "iat"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise _refused("it has expired") from error
        except (jwt.InvalidTokenError, ValueError) as error:
            raise _refused("it cannot be read") from error
        match claims:
            case {"room": str(room_id), "role": str(role), "jti": str(invite_id)} if role in _ROLES:
                return Claims(room_id, Role(role), invite_id, claims.get("exp"))
        raise _refused("it cannot be read")


_ROLES = frozenset(role.value for role in Role)


def _refused(why: str) -> InvalidInvite:
    return InvalidInvite(f"This invite is not accepted: {why}. Ask the room's owner for a new link.")


def signing_key(data_dir: Path, given: str | None) -> bytes:
    """The key of the settings, or the one in the data folder, made when there is none. Raises SettingsError."""
    if given is not None:
        key = given.encode()
        if len(key) < LEAST_KEY_BYTES:
            raise SettingsError(f"signing_key must be at least {LEAST_KEY_BYTES} bytes long.")
        return key
    file = data_dir / "signing.key"
    if not file.exists():
        _write_new(file, secrets.token_urlsafe(LEAST_KEY_BYTES))
    return file.read_bytes().strip()


def _write_new(file: Path, key: str) -> None:
    """Complete or not at all, and readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as new:
        new.write(key)
        new.flush()
        os.fsync(new.fileno())
    os.replace(unfinished, file)
