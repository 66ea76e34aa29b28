"""The HTTP requests to a hub: making a room, and its owner's and its history's commands. Waits: call it in a thread."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from pair_ls.errors import HubUnreachable, NotAllowed, PairError, UnknownRoom
from pair_ls.language_server.hub_connection import HubAddress

TIMEOUT_SECONDS = 10.0
PROBE_TIMEOUT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class CreatedRoom:
    """A room that the hub has just made for us. `token` is the owner's, `invite` is for others."""

    room_id: str
    token: str | None = field(repr=False)
    invite: str = field(repr=False)
    page: str = field(repr=False)


def create_room(hub_url: str, *, name: str) -> CreatedRoom:
    """POST /api/rooms. Raises HubUnreachable or NotAllowed."""
    answer = _request(f"{hub_url}/api/rooms", {"name": name})
    try:
        links = answer["links"]
        return CreatedRoom(answer["roomId"], answer.get("token"), links["invite"], links["page"])
    except (KeyError, TypeError) as error:
        raise HubUnreachable(f"What answers at {hub_url} is not a pair-ls hub of this version.") from error


def room(hub_url: str, room_id: str, token: str | None) -> dict[str, Any]:
    """GET /api/rooms/{room_id}: name, documents, participants. Raises HubUnreachable, UnknownRoom or NotAllowed."""
    answer = _request(f"{hub_url}/api/rooms/{quote(room_id, safe='')}", None, token)
    return answer if isinstance(answer, dict) else {}


def people(address: HubAddress) -> list[dict[str, Any]]:
    """GET /ws/rooms/{room_id}/status: who is here, and in which document."""
    url = f"{address.hub_url}/ws/rooms/{quote(address.room_id, safe='')}/status"
    answer = _request(url, None, address.token)
    return list(answer["participants"]) if isinstance(answer, dict) and "participants" in answer else []


def ask(address: HubAddress, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request about our room (`path` "": the room itself), as ourselves; its JSON answer.

    Raises what the hub refuses with, in its words.
    """
    url = f"{address.hub_url}/api/rooms/{quote(address.room_id, safe='')}{'/' if path else ''}{path}"
    return _request(url, body, address.token, method=method, participant=address.participant)


def is_answering(hub_url: str) -> bool:
    """True if a hub answers there now."""
    try:
        with _open(f"{hub_url}/healthz", None, PROBE_TIMEOUT_SECONDS, {}) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _request(
    url: str,
    body: dict[str, Any] | None,
    token: str | None = None,
    *,
    method: str | None = None,
    participant: str | None = None,
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    if participant is not None:
        headers["X-Pair-Participant"] = participant
    try:
        data = None if body is None else json.dumps(body).encode()
        with _open(url, data, TIMEOUT_SECONDS, headers, method) as response:
            return json.loads(response.read() or b"null")
    except urllib.error.HTTPError as error:
        raise _refused(url, error) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise HubUnreachable(
            f"The hub at {_origin(url)} does not answer ({reason}). Start one with `pair-ls hub`, or set another"
            " address with --hub-url or PAIR_LS_HUB_URL."
        ) from error


def _refused(url: str, error: urllib.error.HTTPError) -> PairError:
    """The hub's own words, if it gave any (problem+json)."""
    try:
        problem = json.loads(error.read())
        detail, code = str(problem.get("detail") or problem.get("title")), problem.get("code")
    except (OSError, ValueError, AttributeError):
        detail, code = f"HTTP {error.code}", None
    if error.code in (404, 410) and code in (None, UnknownRoom.code):
        return UnknownRoom("The hub does not know this room (any more). Ask for a new invite link.")
    if 400 <= error.code < 500:
        return NotAllowed(f"The hub at {_origin(url)} refuses: {detail}", code=code)
    return HubUnreachable(f"The hub at {_origin(url)} cannot do it: {detail}")


def _open(url: str, data: bytes | None, timeout: float, headers: dict[str, str], method: str | None = None) -> Any:
    # urllib's response has no useful type of its own, hence Any.
    if urlsplit(url).scheme not in ("http", "https"):
        raise HubUnreachable(f"A hub's address begins with http:// or https://, this one does not: {_origin(url)}")
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    proxies: dict[str, str] | None = {} if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1") else None
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies)).open(request, timeout=timeout)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
