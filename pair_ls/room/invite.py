"""Links into a room, as people pass them on. What the token in one says is the hub's business alone (hub/tokens). Pure.

    https://hub.example:8000/r/ROOM_ID#TOKEN

The token stands behind the `#`, so browsers never send it with the page's address, and no proxy writes it to a log.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pair_ls.errors import InvalidInvite
from pair_ls.room.ids import RoomId

_LONGEST = 16 << 10
_ROOM_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]+\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a room is, and the token that opens it (None: an open hub needs none). The token is a secret."""

    hub_url: str  # scheme, host and port; no slash at the end
    room_id: RoomId
    token: str | None = field(default=None, repr=False)

    @property
    def socket_url(self) -> str:
        """The room's websocket address, without the token."""
        return f"ws{self.hub_url.removeprefix('http')}/ws/{self.room_id}"


def parse_link(link: str) -> Link:
    """Raises InvalidInvite with what is wrong; the message never contains the link."""
    try:
        parts = urlsplit(link.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _invalid("it is not a web address") from error
    if len(link) > _LONGEST or parts.scheme not in ("http", "https") or not host:
        raise _invalid("it must start with http:// or https:// and a host")
    if parts.username is not None or parts.query:
        raise _invalid("it must have neither a user name nor a query")
    before, _, room_id = parts.path.rstrip("/").rpartition("/r/")
    if before or _ROOM_ID.match(room_id) is None:
        raise _invalid("its path must be /r/ and the id of a room")
    if parts.fragment and _TOKEN.match(parts.fragment) is None:
        raise _invalid("what follows the # is no token; perhaps the link was cut or wrapped")
    name = f"[{host}]" if ":" in host else host
    hub_url = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
    return Link(hub_url, RoomId(room_id), parts.fragment or None)


def format_link(link: Link) -> str:
    """The inverse of `parse_link`."""
    return f"{link.hub_url}/r/{link.room_id}" + (f"#{link.token}" if link.token else "")


def _invalid(why: str) -> InvalidInvite:
    return InvalidInvite(f"This is not an invite link: {why}. It looks like https://HOST/r/ROOM#TOKEN.")
