"""Nothing that people write, and nothing that lets them in, is in what a hub says; however much it says."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

from tests.hub.clients import Pair, Simple, Stock
from tests.hub.test_rest import problem
from tests.hub.wire import BINARY, TEXT, Wire, frame
from tests.support.hub_process import OPENER, HubProcess

TEXT_OF_SOMEBODY, NAME, WRONG = "canary-text-é😀", "canary-name", "canary.wrong.token"


async def test_logs_and_numbers_hold_no_text_no_name_and_no_token(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub(arguments=["--access", "invite", "--log-level", "debug", "--log-sql", "--log-format", "json"])
    made = hub.create_room(name=NAME, code=TEXT_OF_SOMEBODY, language="python")
    room_id, owner, guest = made["roomId"], made["token"], made["links"]["invite"].split("#")[1]
    secret = secrets.token_urlsafe(16)
    async with Pair(hub, room_id, token=guest, name=NAME, participant=secret) as ada:
        await ada.open("main.py")
        await ada.type(TEXT_OF_SOMEBODY)
        await ada.is_safe()
        async with Simple(hub, room_id, user=NAME, token=guest) as sue, Stock(hub, room_id, token=owner) as bob:
            await bob.sees(ada.text)
            await sue.sees(ada.text)
            await sue.type(TEXT_OF_SOMEBODY)
            await ada.sees(ada.text)
    path = f"/api/rooms/{room_id}"
    hub.request("GET", f"{path}?token={guest}")
    hub.request("GET", f"{path}/documents/main/history/1", token=owner)
    hub.request("POST", f"{path}/documents/main/restore", {"sequence": 1}, token=owner)
    hub.request("POST", f"{path}/invites", {"role": "viewer"}, token=owner)
    hub.request("POST", "/api/autocomplete", {"code": TEXT_OF_SOMEBODY, "cursorPosition": 3})
    assert problem(hub, "GET", path, token=WRONG) == (401, "invalid-invite")
    assert problem(hub, "POST", "/api/rooms", {"language": TEXT_OF_SOMEBODY}) == (422, "bad-request")
    assert problem(hub, "POST", "/api/rooms", {TEXT_OF_SOMEBODY: 1})[0] == 422
    for data in (frame(TEXT, TEXT_OF_SOMEBODY.encode()), frame(BINARY, b"\0\2\30" + TEXT_OF_SOMEBODY.encode())):
        with Wire(hub, f"/ws/{room_id}?token={quote(guest)}&participant={secret}") as wire:
            wire.send(data)
            if data[0] & 15 == BINARY:
                assert wire.close_code() == 4400
    with Wire(hub, f"/ws/{room_id}?token={WRONG}") as wire:
        assert wire.status == 401
    with closing(sqlite3.connect(hub.folder / "data" / "hub.sqlite3")) as database:
        database.execute("ALTER TABLE invites RENAME TO hidden")
        database.commit()
    assert problem(hub, "POST", f"{path}/invites", {"role": "viewer"}, token=owner)[0] in (500, 503)
    key = (hub.folder / "data" / "signing.key").read_text()
    with OPENER.open(f"{hub.url}/metrics", timeout=5) as answer:
        numbers = answer.read().decode()
    assert hub.stop() == 0
    said = hub.stderr() + hub.stdout() + numbers
    assert "INSERT INTO updates" in said, "it said much"
    for canary in (TEXT_OF_SOMEBODY, "canary", owner, guest, owner.split(".")[2], secret, key):
        assert canary not in said
