"""Rights, enforced by a real hub on every frame and request."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus

from pair_ls.crdt.shared_text import SharedText
from pair_ls.room.invite import parse_link
from pair_ls.room.messages import Update, encode
from pair_ls.room.role import Role
from pair_ls.text import Edit
from tests.hub.clients import Pair, Stock, until
from tests.hub.test_rest import problem
from tests.support.hub_process import HubProcess


@pytest.fixture
def strict(start_hub: Callable[..., HubProcess]) -> HubProcess:
    return start_hub(arguments=["--access", "invite"])


class Owned:
    """A room and its owner's requests."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        made = hub.create_room(code="text", language="python")
        self.room_id: str = made["roomId"]
        self.owner: str = made["token"]
        self.editor = parse_link(made["links"]["invite"]).token or ""

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return self.hub.request(method, f"/api/rooms/{self.room_id}{path}", body, token=self.owner)

    def invite(self, role: str, **more: object) -> Any:
        return self.ask("POST", "/invites", {"role": role, **more})

    def participant(self, name: str) -> str:
        found: str = next(p["participantId"] for p in self.ask("GET", "/participants") if p["name"] == name)
        return found


async def refused(client: Stock | Pair) -> int:
    with pytest.raises(InvalidStatus) as error:
        await client.connect()
    return error.value.response.status_code


async def test_without_an_invite_a_room_looks_like_none(strict: HubProcess) -> None:
    room = Owned(strict)
    assert await refused(Stock(strict, room.room_id)) == 404
    assert await refused(Stock(strict, "unknown")) == 404
    other = Owned(strict)
    assert await refused(Stock(strict, room.room_id, token=other.owner)) == 404
    assert await refused(Stock(strict, room.room_id, token="no.good.token")) == 401
    assert problem(strict, "GET", f"/api/rooms/{room.room_id}") == problem(strict, "GET", "/api/rooms/unknown")
    async with Stock(strict, room.room_id, token=room.editor) as ada:
        await ada.sees("text")


async def test_the_token_may_come_by_header_or_subprotocol(strict: HubProcess) -> None:
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    room = Owned(strict)
    url = f"{strict.websocket_url}/ws/{room.room_id}"
    async with connect(url, additional_headers={"Authorization": f"Bearer {room.editor}"}, proxy=None) as socket:
        assert socket.subprotocol is None
    offered = [Subprotocol("pair-ls.1"), Subprotocol(f"pair-ls.token.{room.editor}")]
    async with connect(url, subprotocols=offered, proxy=None) as socket:
        assert socket.subprotocol == "pair-ls.1"
    assert room.editor not in strict.stderr()


async def test_a_viewer_reads_and_changes_nothing(strict: HubProcess) -> None:
    room = Owned(strict)
    viewer = room.invite("viewer")["token"]
    async with Stock(strict, room.room_id, token=viewer) as vic, Pair(strict, room.room_id, token=viewer) as val:
        await vic.sees("text")
        await vic.type("vandal")
        await until(lambda: vic.denied, "the viewer is told")
        await val.open("main.py")
        assert val.role is Role.VIEWER
        await val.type("vandal")
        await until(lambda: val.resets == 1, "the viewer's replica is reset")
        assert room.ask("GET", "")["code"] == "text"
        async with Stock(strict, room.room_id, token=room.editor) as ed:
            await ed.sees("text")
            await ed.type("!", at=0)
            await val.sees("!text")
    for method, path, body in (
        ("POST", "/documents", {"path": "x"}),
        ("PATCH", "/documents/main", {"path": "x"}),
        ("DELETE", "/documents/main", None),
        ("POST", "/documents/main/restore", {"sequence": 1}),
        ("POST", "/invites", {"role": "owner"}),
        ("DELETE", "", None),
    ):
        asked = problem(strict, method, f"/api/rooms/{room.room_id}{path}", body, token=viewer)
        assert asked == (403, "not-allowed"), (method, path)


async def test_an_editor_is_no_owner(strict: HubProcess) -> None:
    room = Owned(strict)
    for method, path, body in (
        ("POST", "/invites", {"role": "viewer"}),
        ("GET", "/invites", None),
        ("DELETE", "/invites/x", None),
        ("GET", "/participants", None),
        ("PATCH", "/participants/x", {"role": "viewer"}),
        ("DELETE", "/participants/x", None),
        ("DELETE", "", None),
    ):
        asked = problem(strict, method, f"/api/rooms/{room.room_id}{path}", body, token=room.editor)
        assert asked == (403, "not-allowed"), (method, path)


async def test_a_role_changes_while_connected_and_stays_so(strict: HubProcess) -> None:
    room = Owned(strict)
    secret = secrets.token_urlsafe(16)
    async with Pair(strict, room.room_id, token=room.editor, name="Bob", participant=secret) as bob:
        await bob.open("main.py")
        await bob.type("1", at=0)
        await bob.is_safe()
        room.ask("PATCH", f"/participants/{room.participant('Bob')}", {"role": "viewer"})
        await until(lambda: bob.role is Role.VIEWER, "Bob is told")
        await bob.type("2", at=0)
        await until(lambda: bob.resets == 1, "Bob's edit is refused")
        assert room.ask("GET", "")["code"] == "1text"
    async with Pair(strict, room.room_id, token=room.editor, name="Bob", participant=secret) as bob:
        await bob.open("main.py")
        assert bob.role is Role.VIEWER
        room.ask("PATCH", f"/participants/{room.participant('Bob')}", {"role": "editor"})
        await until(lambda: bob.role is Role.EDITOR, "Bob is told")
        await bob.type("3", at=0)
        await bob.is_safe()
    assert room.ask("GET", "")["code"] == "31text"


async def test_a_right_that_is_taken_is_gone_within_a_second(strict: HubProcess) -> None:
    """Under typing all the while: what is typed a second after the owner's request is not taken."""
    room = Owned(strict)
    invite = room.invite("editor")
    async with (
        Pair(strict, room.room_id, token=room.editor, name="Vic") as vic,
        Pair(strict, room.room_id, token=room.editor, name="Mal") as mal,
        Pair(strict, room.room_id, token=invite["token"], name="Rev") as rev,
    ):
        for client in (vic, mal, rev):
            await client.open("main.py")
            await client.type("typed ")
            await client.is_safe()
        for path, body, method, is_gone in (
            (f"/participants/{room.participant('Vic')}", {"role": "viewer"}, "PATCH", lambda: vic.role is Role.VIEWER),
            (f"/participants/{room.participant('Mal')}", None, "DELETE", lambda: mal.closed is not None),
            (f"/invites/{invite['inviteId']}", None, "DELETE", lambda: rev.closed is not None),
        ):
            asked = asyncio.create_task(asyncio.to_thread(room.ask, method, path, body))
            await until(is_gone, f"{method} {path}", seconds=1.0)
            await asked
        for client in (vic, mal, rev):
            await client.type("too late")
        await until(lambda: vic.resets == 1, "Vic's replica is reset")
    assert room.ask("GET", "")["code"] == "texttyped typed typed "


async def test_one_who_is_removed_is_out_and_stays_out(strict: HubProcess) -> None:
    room = Owned(strict)
    ada = Pair(strict, room.room_id, token=room.editor, name="Ada")
    async with ada, Pair(strict, room.room_id, token=room.editor, name="Mal") as mal:
        await ada.open("main.py")
        await mal.open("main.py")
        room.ask("DELETE", f"/participants/{room.participant('Mal')}")
        await mal.is_closed_with(4410)
        assert await refused(mal) == 403
        assert await refused(Pair(strict, room.room_id, token=room.editor, name="Mal again")) == 401
        await ada.disconnect()
        await ada.connect()
        await ada.type("!")
        await ada.is_safe()


async def test_one_without_a_name_of_their_own_can_be_removed_too(hub: HubProcess) -> None:
    room = Owned(hub)
    async with Stock(hub, room.room_id) as nobody, Stock(hub, room.room_id, token=room.editor) as guest:
        await nobody.sees("text")
        await guest.sees("text")
        here = {each["userId"] for each in hub.request("GET", f"/ws/rooms/{room.room_id}/status")["participants"]}
        assert "anonymous" in here
        for participant_id in here:
            room.ask("DELETE", f"/participants/{quote(participant_id)}")
        await nobody.is_closed_with(4410)
        await guest.is_closed_with(4410)
    assert await refused(Stock(hub, room.room_id, token=room.editor)) == 403
    assert problem(hub, "DELETE", f"/api/rooms/{room.room_id}/participants/stranger", token=room.owner) == (
        404,
        "unknown-participant",
    )


async def test_a_revoked_invite_ends_its_connections(strict: HubProcess) -> None:
    room = Owned(strict)
    made = room.invite("editor")
    async with (
        Stock(strict, room.room_id, token=made["token"]) as guest,
        Stock(strict, room.room_id, token=room.editor) as stays,
    ):
        await guest.sees("text")
        room.ask("DELETE", f"/invites/{made['inviteId']}")
        await guest.is_closed_with(4401)
        assert await refused(guest) == 401
        await stays.type("!")
        await until(lambda: room.ask("GET", "")["code"] == "text!", "others stay")


async def test_an_invite_ends_in_time(strict: HubProcess) -> None:
    room = Owned(strict)
    made = room.invite("editor", expiresInSeconds=1)
    async with Stock(strict, room.room_id, token=made["token"]) as guest:
        await guest.sees("text")
        await guest.is_closed_with(4401)


async def test_a_deleted_room_is_gone_for_everybody(strict: HubProcess) -> None:
    room = Owned(strict)
    async with Stock(strict, room.room_id, token=room.editor) as guest:
        await guest.sees("text")
        room.ask("DELETE", "")
        await guest.is_closed_with(4411)
    assert await refused(Stock(strict, room.room_id, token=room.editor)) == 404
    assert problem(strict, "GET", f"/api/rooms/{room.room_id}", token=room.owner) == (404, "unknown-room")


async def test_a_closed_room_is_kept_for_reading_until_it_is_opened_again(strict: HubProcess) -> None:
    room = Owned(strict)
    async with (
        Stock(strict, room.room_id, token=room.editor) as guest,
        Pair(strict, room.room_id, token=room.owner, name="Ada") as ada,
    ):
        await guest.sees("text")
        await ada.open("main.py")
        await ada.type(" 😀")
        await ada.is_safe()
        room.ask("PATCH", "", {"closed": True})
        await guest.is_closed_with(4411)
        await ada.is_closed_with(4411)
    for client in (Stock(strict, room.room_id, token=room.editor), Pair(strict, room.room_id, token=room.owner)):
        assert await refused(client) == 403
    strict.restart()
    assert await refused(Stock(strict, room.room_id, token=room.editor)) == 403
    assert await refused(Stock(strict, room.room_id)) == 404, "who has no right does not learn of it"
    found = strict.request("GET", f"/api/rooms/{room.room_id}", token=room.editor)
    assert found["code"] == "text 😀"
    assert found["closedAt"] is not None
    path = f"/api/rooms/{room.room_id}/documents"
    assert problem(strict, "POST", path, {"path": "x"}, token=room.editor) == (403, "room-closed")
    assert problem(strict, "PATCH", f"/api/rooms/{room.room_id}", {"closed": False}, token=room.editor) == (
        403,
        "not-allowed",
    )
    room.ask("PATCH", "", {"closed": False})
    async with Stock(strict, room.room_id, token=room.editor) as guest:
        await guest.sees("text 😀")


async def test_who_is_put_out_of_an_open_room_does_not_come_back_under_another_name(hub: HubProcess) -> None:
    room = Owned(hub)
    secret = secrets.token_urlsafe(16)
    async with (
        Pair(hub, room.room_id, name="Ada", participant=secret) as ada,
        Pair(hub, room.room_id, name="Mal") as mal,
        Stock(hub, room.room_id) as nobody,
    ):
        await ada.open("main.py")
        await nobody.sees("text")
        room.ask("DELETE", f"/participants/{room.participant('Mal')}")
        await mal.is_closed_with(4410)
        await nobody.sees("text")
    assert await refused(mal) == 403
    assert await refused(Pair(hub, room.room_id, name="Mal again")) == 404
    assert await refused(Stock(hub, room.room_id)) == 404
    hub.restart()
    assert await refused(Stock(hub, room.room_id)) == 404
    assert room.ask("GET", "")["inviteOnly"]
    async with Pair(hub, room.room_id, participant=secret) as ada, Stock(hub, room.room_id, token=room.editor) as guest:
        await ada.open("main.py")
        await guest.sees("text")


async def test_nobody_writes_under_the_id_of_another(strict: HubProcess) -> None:
    room = Owned(strict)
    ada = Stock(strict, room.room_id, token=room.editor, participant=secrets.token_urlsafe(16))
    mal = Stock(strict, room.room_id, token=room.editor, participant=secrets.token_urlsafe(16))
    async with ada, mal:
        await ada.sees("text")
        await ada.type("ada")
        await mal.sees("textada")
        forger = SharedText(ada.shared.document.client_id)
        forger.edit([Edit(0, 0, "ada")])
        await mal.send(encode(Update(forger.edit([Edit(3, 3, "forged")]))))
        await mal.is_closed_with(4403)
        await ada.type("!")
        await until(lambda: room.ask("GET", "")["code"] == "textada!", "Ada goes on")


async def test_many_who_come_at_once_load_a_sleeping_room_once(hub: HubProcess) -> None:
    room_id = hub.create_room(code="once")["roomId"]
    hub.restart()
    crowd = [Stock(hub, room_id) for _ in range(40)]
    await asyncio.gather(*(each.connect() for each in crowd))
    for each in crowd:
        await each.sees("once")
    for each in crowd:
        await each.disconnect()


async def test_a_client_without_a_secret_goes_on_under_its_own_id_and_touches_no_ids_of_others(hub: HubProcess) -> None:
    room = Owned(hub)
    ada = Stock(hub, room.room_id, participant=secrets.token_urlsafe(16))
    nobody = Stock(hub, room.room_id)
    async with ada, nobody:
        await ada.sees("text")
        await nobody.sees("text")
        await ada.type("ada")
        await nobody.sees("textada")
        await nobody.type("1")
        await ada.sees("textada1")
        half_open = nobody.socket  # the network is gone, and the hub does not know it yet
        assert nobody.reader is not None
        nobody.reader.cancel()
        nobody.shared.edit([Edit(len(nobody.shared.text), len(nobody.shared.text), "2")])
        await nobody.connect()
        await ada.sees("textada12")
        assert half_open is not None
        await half_open.close()
        forger = SharedText(ada.shared.document.client_id)
        forger.edit([Edit(0, 0, "ada")])
        await nobody.send(encode(Update(forger.edit([Edit(3, 3, "forged")]))))
        await nobody.is_closed_with(4403)
        await ada.type("!")
        await until(lambda: room.ask("GET", "")["code"] == "textada12!", "Ada goes on")
