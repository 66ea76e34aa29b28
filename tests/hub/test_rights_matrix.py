"""Who may do what: every request and every kind of frame, by everybody who may come, before and after a role change.

The two tables say what is needed for what; the expectation for each caller follows. A route or a kind of frame that is
not in them fails the first test. The hub is a real one, in this process and with a store in memory.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import httpx
import pytest

from pair_ls.crdt.awareness import Awareness
from pair_ls.crdt.shared_text import SharedText
from pair_ls.hub.app import make_app
from pair_ls.hub.desk import Desk, new_invite
from pair_ls.hub.handshake import principal
from pair_ls.hub.hub import Hub
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rights import Entrance
from pair_ls.hub.socket import RoomSocket
from pair_ls.room import messages, requests
from pair_ls.room.ids import INDEX, MAIN, DocumentId, ParticipantId
from pair_ls.room.messages import Message, decode_frame, encode, encode_frame
from pair_ls.room.role import Role
from pair_ls.room.simple_messages import CodeUpdate, CursorUpdate, JoinRoom, LeaveRoom, SimpleMessage
from pair_ls.settings import Access, HubSettings
from pair_ls.storage import memory_store
from pair_ls.text import Edit
from tests.hub.clients import client_id, until
from tests.hub.wire import BINARY, CLOSE, TEXT, frame

KEY = b"the key of the hub of this test, long enough"
OTHER, OWNER = "the-secret-of-somebody-else", "the-secret-of-the-owner"


class Needs(Enum):
    """What somebody must be for a request or a frame."""

    NOTHING = 0
    VIEWER = 1
    EDITOR = 2
    OWNER = 3
    HUB = 4  # only the hub sends this kind


RANK = {None: 0, Role.VIEWER: 1, Role.EDITOR: 2, Role.OWNER: 3}
ROOM, DOCUMENT = "/api/rooms/{room_id}", "/api/rooms/{room_id}/documents/{document_id}"

# Method and path: what is needed, the status for who has it, the body.
ROUTES: dict[tuple[str, str], tuple[Needs, int, Any]] = {
    ("POST", "/api/rooms"): (Needs.NOTHING, 201, {"code": "é 😀"}),
    ("POST", "/api/autocomplete"): (Needs.VIEWER, 200, {"code": "a", "cursorPosition": 1, "roomId": "{room_id}"}),
    ("GET", "/healthz"): (Needs.NOTHING, 200, None),
    ("GET", "/readyz"): (Needs.NOTHING, 200, None),
    ("GET", "/metrics"): (Needs.NOTHING, 200, None),
    ("GET", "/docs"): (Needs.NOTHING, 200, None),
    ("GET", "/openapi.json"): (Needs.NOTHING, 200, None),
    ("GET", ROOM): (Needs.VIEWER, 200, None),
    ("GET", "/ws/rooms/{room_id}/status"): (Needs.VIEWER, 200, None),
    ("GET", f"{ROOM}/documents"): (Needs.VIEWER, 200, None),
    ("GET", f"{DOCUMENT}/history"): (Needs.VIEWER, 200, None),
    ("GET", f"{DOCUMENT}/history/{{sequence}}"): (Needs.VIEWER, 200, None),
    ("POST", f"{ROOM}/documents"): (Needs.EDITOR, 201, {"path": "new.py"}),
    ("PATCH", DOCUMENT): (Needs.EDITOR, 200, {"path": "moved.py"}),
    ("DELETE", DOCUMENT): (Needs.EDITOR, 204, None),
    ("POST", f"{DOCUMENT}/restore"): (Needs.EDITOR, 204, {"sequence": 1}),
    ("GET", f"{ROOM}/invites"): (Needs.OWNER, 200, None),
    ("POST", f"{ROOM}/invites"): (Needs.OWNER, 201, {"role": "owner"}),
    ("DELETE", f"{ROOM}/invites/{{invite_id}}"): (Needs.OWNER, 204, None),
    ("GET", f"{ROOM}/participants"): (Needs.OWNER, 200, None),
    ("PATCH", f"{ROOM}/participants/{{participant_id}}"): (Needs.OWNER, 204, {"role": "owner"}),
    ("DELETE", f"{ROOM}/participants/{{participant_id}}"): (Needs.OWNER, 204, None),
    ("PATCH", ROOM): (Needs.OWNER, 204, {"closed": True}),
    ("DELETE", ROOM): (Needs.OWNER, 204, None),
}
# The guest page: the same bytes for everybody, or that they are not part of this installation.
PAGE = {("GET", "/"), ("GET", "/r/{room_id}"), ("GET", "/assets/{name}")}


@dataclass(frozen=True)
class Caller:
    """Somebody who comes: with a token or without, as what, and what a role change makes of them."""

    name: str
    given: Role | None = None  # the role in the token
    refused: tuple[int, str] | None = None  # whatever they ask of the room
    changed_to: Role = Role.OWNER

    def role(self, *, changed: bool) -> Role | None:
        return None if self.refused else (self.changed_to if changed else self.given)


CALLERS = [
    Caller("no token", None, (404, "unknown-room")),
    Caller("expired", Role.OWNER, (401, "invalid-invite")),
    Caller("wrong room", Role.OWNER, (404, "unknown-room")),
    Caller("viewer", Role.VIEWER, changed_to=Role.EDITOR),
    Caller("editor", Role.EDITOR, changed_to=Role.VIEWER),
    Caller("owner", Role.OWNER, changed_to=Role.EDITOR),
    Caller("removed", Role.EDITOR, (403, "removed")),
]
everybody = pytest.mark.parametrize("who", CALLERS, ids=lambda who: who.name)
before_and_after = pytest.mark.parametrize("changed", [False, True], ids=["before", "after a role change"])


class House:
    """A hub that lets in by invite only, with its HTTP side."""

    def __init__(self, hub: Hub, http: httpx.AsyncClient, state: dict[str, Any]) -> None:
        self.hub, self.http, self.state, self.desk = hub, http, state, Desk(hub)

    async def room(self, who: Caller, *, changed: bool) -> "Visit":
        """A fresh room that somebody comes to, who has been there before."""
        record, owner, _ = await self.desk.create_room(name="é", language="python", code="text")
        live = await self.hub.rooms.wake(record.room_id)
        visit = Visit(self, live, who, owner)
        await visit.prepare()
        if changed:
            await visit.change_role()
        return visit


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    hub = Hub(HubSettings(data_dir=folder, access=Access.INVITE), memory_store(), KEY)
    app = make_app(hub)
    async with app.router.lifespan_context(app) as state:
        hub.public_url = "http://127.0.0.1"

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield House(hub, http, dict(state or {}))


class Visit:
    """One caller in one room."""

    def __init__(self, house: House, live: LiveRoom, who: Caller, owner: str) -> None:
        self.house, self.live, self.who, self.owner = house, live, who, owner
        self.secret = "the-secret-of-the-caller"
        self.participant_id = principal(self.secret) or ParticipantId("")
        self.token: str | None = None
        self.names = {
            "room_id": live.room_id,
            "document_id": MAIN,
            "sequence": "1",
            "participant_id": principal(OTHER) or "",
        }

    async def prepare(self) -> None:
        rights, now = self.live.rights, time.time()
        spare = new_invite(self.live.room_id, Role.VIEWER, None, issued_by="hub", now=now)
        self.names["invite_id"] = rights.keep_invite(spare).invite_id
        rights.entered(ParticipantId(self.names["participant_id"]), OTHER, Entrance(Role.VIEWER, spare.invite_id), now)
        given = self.who.given or Role.EDITOR
        own = rights.keep_invite(new_invite(self.live.room_id, given, None, issued_by="hub", now=now))
        rights.entered(self.participant_id, "Cai", Entrance(given, own.invite_id), now)
        issue = self.house.hub.tokens.issue
        match self.who.name:
            case "no token":
                pass
            case "expired":
                expires = now - 3600
                self.token = issue(new_invite(self.live.room_id, given, expires, issued_by="hub", now=expires - 60))
            case "wrong room":
                _, self.token, _ = await self.house.desk.create_room(name="", language="", code="")
            case _:
                self.token = issue(own)
        if self.who.name == "removed":
            await self._as_owner("DELETE")

    async def change_role(self) -> None:
        await self._as_owner("PATCH", {"role": self.who.changed_to.value})

    async def _as_owner(self, method: str, body: Any = None) -> None:
        path = f"/api/rooms/{self.live.room_id}/participants/{self.participant_id}"
        answer = await self.house.http.request(method, path, json=body, headers=headers(self.owner, OWNER))
        assert answer.status_code == 204, answer.text

    async def ask(self, method: str, path: str, body: Any) -> tuple[int, str | None]:
        """The status, and the code of a refusal."""
        url = path.format(**self.names, name="x.js")
        given = headers(self.token, self.secret)
        if body is not None and "roomId" in body:
            body = {**body, "roomId": self.live.room_id}
        answer = await self.house.http.request(method, url, json=body, headers=given)
        return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else None

    def connect(self, *, pair: bool) -> "Socket":
        """The caller, with the owner looking on."""
        observer = Socket(self, self.owner, OWNER, pair=True)
        observer.say(MAIN, messages.SyncStep1(b"\0"))
        observer.say(MAIN, own_awareness("the owner"))
        return Socket(self, self.token, self.secret, observer, pair=pair)

    @property
    def content(self) -> tuple[str, list[str]]:
        """What a refused frame must not change: the text and the paths."""
        return self.live.room.text(MAIN), sorted(entry.path for entry in self.live.room.documents().values())


def headers(token: str | None, secret: str) -> dict[str, str]:
    given = {"Content-Type": "application/json", "X-Pair-Participant": secret}
    return given if token is None else {**given, "Authorization": f"Bearer {token}"}


class Socket(asyncio.Transport):
    """The caller's end of a websocket: what the hub writes is read here. `status` is the handshake's."""

    def __init__(
        self, visit: Visit, token: str | None, secret: str, observer: "Socket | None" = None, *, pair: bool
    ) -> None:
        super().__init__()
        self.visit, self.pair, self.observer = visit, pair, observer
        self.user = "cai"
        self.received = b""
        self.is_over = False
        self.socket = RoomSocket(None, SimpleNamespace(connections=set()), visit.house.state)
        self.socket.connection_made(self)
        lines = [
            f"GET /ws/{visit.live.room_id}?participant={secret} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
            *(["Sec-WebSocket-Protocol: pair-ls.1"] if pair else []),
            *([] if token is None else [f"Authorization: Bearer {token}"]),
        ]
        self.socket.data_received("\r\n".join([*lines, "", ""]).encode())
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])

    def send(self, kind: int, payload: bytes) -> None:
        self.socket.data_received(frame(kind, payload))

    def say(self, document_id: DocumentId, message: Message) -> None:
        self.send(BINARY, encode_frame(document_id, message) if self.pair else encode(message))

    def say_simply(self, kind: str, **data: Any) -> None:
        message = {"type": kind, "roomId": self.visit.live.room_id, "userId": self.user, "data": data}
        self.send(TEXT, json.dumps(message).encode())

    def heard(self) -> list[tuple[int, bytes]]:
        """All frames so far: kind and payload."""
        frames, at, data = [], 0, self.received
        while at < len(data):
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            frames.append((data[at] & 15, data[start : start + size]))
            at = start + size
        return frames

    def messages(self) -> list[Message]:
        return [decode_frame(payload)[1] for kind, payload in self.heard() if kind == BINARY]

    def simple(self) -> list[Any]:
        return [json.loads(payload) for kind, payload in self.heard() if kind == TEXT]

    def close_code(self) -> int | None:
        return next((int.from_bytes(payload[:2], "big") for kind, payload in self.heard() if kind == CLOSE), None)

    def is_refused(self) -> bool:
        """Closed with a reason, told that it may not, or asked to throw its replica away."""
        if self.close_code() is not None and self.close_code() != 1000:
            return True
        if any(each["type"] == "error" for each in self.simple()):
            return True
        if not self.pair:
            return False
        refusals = (messages.PermissionDenied, messages.Reset)
        return any(
            isinstance(each, refusals) or (isinstance(each, messages.Response) and each.error is not None)
            for each in self.messages()
        )

    def leave(self) -> None:
        self.socket.connection_lost(None)
        if self.observer is not None:
            self.observer.leave()

    # ---- what the hub's side of the socket calls ----

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.received += bytes(data)

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default


def has(kind: type[Message]) -> Callable[[Socket], bool]:
    return lambda socket: any(isinstance(each, kind) for each in socket.messages())


def has_result(socket: Socket) -> bool:
    return any(isinstance(each, messages.Response) and each.error is None for each in socket.messages())


def has_changed(socket: Socket) -> bool:
    return socket.visit.content != ("text", ["main.py"])


def is_seen(socket: Socket) -> bool:
    return socket.observer is not None and "the caller" in marks(socket.observer)


def sees(socket: Socket) -> bool:
    return "the owner" in marks(socket)


def marks(socket: Socket) -> set[object]:
    """Who has told of themselves, as this end was told."""
    return {state.get("mark") for state in states(socket)}


def states(socket: Socket) -> list[dict[str, Any]]:
    replica = Awareness()
    for each in socket.messages():
        if isinstance(each, messages.AwarenessUpdate):
            replica.merge(each.data, time.monotonic())
    return [dict(state) for state in replica.states.values()]


def written(text: str) -> bytes:
    return SharedText(client_id()).edit([Edit(0, 0, text)])


def own_awareness(mark: str) -> messages.AwarenessUpdate:
    return messages.AwarenessUpdate(Awareness(client_id()).set_local({"mark": mark}, 0.0))


def request(method: str, **params: Any) -> messages.Request:
    return messages.Request(7, method, params)


@dataclass(frozen=True)
class Kind:
    """One kind of frame: what is needed, what is sent, and how it shows that the hub has taken it."""

    needs: Needs
    of: type
    send: Callable[[Socket], None]
    is_done: Callable[[Socket], bool] = field(default=has_changed)
    pair: bool = True


def says(document_id: DocumentId, message: Callable[[], Message]) -> Callable[[Socket], None]:
    return lambda socket: socket.say(document_id, message())


def asks(method: str, **params: Any) -> Callable[[Socket], None]:
    return says(INDEX, lambda: request(method, **params))


def simple(kind: str, **data: Any) -> Callable[[Socket], None]:
    return lambda socket: socket.say_simply(kind, **data)


def has_room_state(socket: Socket) -> bool:
    return any(each["type"] == "room_state" for each in socket.simple())


def hub_only(message: Message) -> Kind:
    return Kind(Needs.HUB, type(message), says(MAIN, lambda: message))


FRAMES = {
    "sync step 1": Kind(
        Needs.VIEWER, messages.SyncStep1, says(MAIN, lambda: messages.SyncStep1(b"\0")), has(messages.SyncStep2)
    ),
    "sync step 2": Kind(Needs.EDITOR, messages.SyncStep2, says(MAIN, lambda: messages.SyncStep2(written("é😀")))),
    "update": Kind(Needs.EDITOR, messages.Update, says(MAIN, lambda: messages.Update(written("é😀")))),
    "update of the index": Kind(Needs.HUB, messages.Update, says(INDEX, lambda: messages.Update(written("é😀")))),
    "awareness": Kind(Needs.VIEWER, messages.AwarenessUpdate, says(MAIN, lambda: own_awareness("the caller")), is_seen),
    "awareness query": Kind(Needs.VIEWER, messages.QueryAwareness, says(MAIN, messages.QueryAwareness), sees),
    "content hash": Kind(
        Needs.VIEWER,
        messages.ContentHash,
        says(MAIN, lambda: messages.ContentHash(b"\0", b"\0" * 32)),
        lambda socket: socket.close_code() is None,
    ),
    "open what is there": Kind(Needs.VIEWER, requests.OpenDocument, asks("openDocument", path="main.py"), has_result),
    "open what is new": Kind(Needs.EDITOR, requests.OpenDocument, asks("openDocument", path="new.py")),
    "open many": Kind(Needs.EDITOR, requests.OpenDocuments, asks("openDocuments", documents=[{"path": "new.py"}])),
    "seed": Kind(Needs.EDITOR, requests.SeedDocument, asks("seedDocument", documentId="main", text="é"), has_result),
    "rename": Kind(Needs.EDITOR, requests.RenameDocument, asks("renameDocument", documentId="main", path="new.py")),
    "delete": Kind(
        Needs.EDITOR,
        requests.DeleteDocument,
        asks("deleteDocument", documentId="main"),
        lambda socket: not socket.visit.live.room.documents(),
    ),
    "participants": Kind(Needs.VIEWER, requests.ListParticipants, asks("participants"), has_result),
    "denied": hub_only(messages.PermissionDenied("é")),
    "acknowledged": hub_only(messages.Acknowledged(1)),
    "notice": hub_only(messages.Notice("code", "é")),
    "response": hub_only(messages.Response(1, {})),
    "reset": hub_only(messages.Reset()),
    "join_room": Kind(Needs.VIEWER, JoinRoom, simple("join_room"), has_room_state, pair=False),
    "code_update": Kind(Needs.EDITOR, CodeUpdate, simple("code_update", code="é😀", version=1), pair=False),
    "cursor_update": Kind(
        Needs.VIEWER,
        CursorUpdate,
        simple("cursor_update", cursorPosition=1),
        lambda socket: socket.observer is not None and any("cursor" in each for each in states(socket.observer)),
        pair=False,
    ),
    "leave_room": Kind(
        Needs.VIEWER, LeaveRoom, simple("leave_room"), lambda socket: socket.close_code() == 1000, pair=False
    ),
}


async def test_no_route_and_no_kind_of_frame_is_missing_here(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        app = make_app(house.hub)
        assert set(routes(app)) == {*ROUTES, *PAGE}
    kinds = {*get_args(Message), *get_args(requests.RoomRequest), *get_args(SimpleMessage)} - {messages.Request}
    assert {kind.of for kind in FRAMES.values()} == kinds


def routes(holder: Any) -> list[tuple[str, str]]:
    """Method and path of all routes of an app or router, whether it is described or not."""
    found = []
    for route in holder.routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            found += routes(included)
        else:
            found += [(method, route.path) for method in route.methods if method != "HEAD"]
    return found


@before_and_after
@everybody
async def test_requests(who: Caller, changed: bool, tmp_path: Path) -> None:
    wrong = {}
    async with opened(tmp_path) as house:
        for (method, path), (needs, done, body) in ROUTES.items():
            visit = await house.room(who, changed=changed)
            expected: tuple[int, str | None] = (done, None)
            if needs is not Needs.NOTHING and who.refused is not None:
                expected = who.refused
            elif RANK[who.role(changed=changed)] < needs.value and needs is not Needs.NOTHING:
                expected = (403, "not-allowed")
            asked = await visit.ask(method, path, body)
            if asked != expected:
                wrong[method, path] = asked, expected
        for method, path in PAGE:
            status, code = await (await house.room(who, changed=changed)).ask(method, path, None)
            assert (status, code) in ((200, None), (404, "no-page"), (404, "not-found"))
    assert not wrong


@everybody
async def test_requests_to_a_closed_room(who: Caller, tmp_path: Path) -> None:
    """It can be read, ruled and deleted; nothing in it changes, and who has no right to it sees no difference."""
    wrong = {}
    async with opened(tmp_path) as house:
        for (method, path), (needs, done, body) in ROUTES.items():
            visit = await house.room(who, changed=False)
            await house.desk.close_room(visit.live)
            expected: tuple[int, str | None] = (done, None)
            if needs is not Needs.NOTHING and who.refused is not None:
                expected = who.refused
            elif RANK[who.role(changed=False)] < needs.value and needs is not Needs.NOTHING:
                expected = (403, "not-allowed")
            elif needs is Needs.EDITOR:
                expected = (403, "room-closed")
            asked = await visit.ask(method, path, body)
            if asked != expected:
                wrong[method, path] = asked, expected
    assert not wrong


@before_and_after
@everybody
async def test_frames(who: Caller, changed: bool, tmp_path: Path) -> None:
    """The connection stands before the role changes; who was removed or never let in does not get that far."""
    async with opened(tmp_path) as house:
        for name, kind in FRAMES.items():
            visit = await house.room(who, changed=changed and who.refused is not None)
            await visit.live.load(INDEX)
            await visit.live.load(MAIN)
            assert visit.content == ("text", ["main.py"])
            socket = visit.connect(pair=kind.pair)
            if who.refused is not None:
                await until(lambda here=socket: here.is_over, f"{name}: the handshake is refused")  # type: ignore[misc]  # the default binds the loop's socket
                assert (socket.status, json.loads(socket.received)["code"]) == who.refused, name
                kind.send(socket)
                assert visit.content == ("text", ["main.py"]), name
            else:
                assert socket.status == 101, name
                if not kind.pair and kind.of is not JoinRoom:
                    socket.say_simply("join_room", name="Cai")
                    await until(lambda here=socket: has_room_state(here), "joined")  # type: ignore[misc]  # likewise
                if changed:
                    await visit.change_role()
                await sent(name, kind, socket, may=RANK[who.role(changed=changed)] >= kind.needs.value)
            socket.leave()


async def sent(name: str, kind: Kind, socket: Socket, *, may: bool) -> None:
    kind.send(socket)
    if may:
        await until(lambda: kind.is_done(socket), f"{name} is taken", 5)
        assert not socket.is_refused(), name
    else:
        await until(socket.is_refused, f"{name} is refused", 5)
        await socket.visit.house.hub.commits.flush()
        assert socket.visit.content == ("text", ["main.py"]), name


async def test_one_who_is_put_out_while_connected_is_heard_no_more(tmp_path: Path) -> None:
    editor = next(who for who in CALLERS if who.name == "editor")
    async with opened(tmp_path) as house:
        visit = await house.room(editor, changed=False)
        await visit.live.load(INDEX)
        await visit.live.load(MAIN)
        socket = visit.connect(pair=True)
        await visit._as_owner("DELETE")
        assert socket.close_code() == 4410
        for kind in FRAMES.values():
            kind.send(socket)
        await house.hub.commits.flush()
        assert visit.content == ("text", ["main.py"])
        socket.leave()


async def test_a_simple_client_is_reached_under_whatever_id_it_goes_by(tmp_path: Path) -> None:
    editor = next(who for who in CALLERS if who.name == "editor")
    async with opened(tmp_path) as house:
        visit = await house.room(editor, changed=False)
        socket = visit.connect(pair=False)
        socket.say_simply("join_room", name="Cai")
        await until(lambda: has_room_state(socket), "joined")
        path = f"/api/rooms/{visit.live.room_id}/participants/cai"
        answer = await house.http.delete(path, headers=headers(visit.owner, OWNER))
        assert (answer.status_code, socket.close_code()) == (204, 4410)
        assert await visit.ask("GET", ROOM, None) == (403, "removed")
        socket.leave()


async def test_nobody_goes_by_an_id_that_an_owner_may_take_for_another(tmp_path: Path) -> None:
    viewer = next(who for who in CALLERS if who.name == "viewer")
    async with opened(tmp_path) as house:
        visit = await house.room(viewer, changed=False)
        socket = visit.connect(pair=False)
        socket.user = visit.names["participant_id"]
        socket.say_simply("join_room", name="Cai")
        await until(lambda: has_room_state(socket), "joined")
        path = f"/api/rooms/{visit.live.room_id}/participants/{socket.user}"
        answer = await house.http.patch(path, json={"role": "owner"}, headers=headers(visit.owner, OWNER))
        assert answer.status_code == 204
        assert await visit.ask("GET", f"{ROOM}/invites", None) == (403, "not-allowed")
        socket.say_simply("code_update", code="é😀", version=1)
        await until(socket.is_refused, "it is a viewer still")
        socket.leave()
