"""Every limit is on the page with its default, and each is answered with its own code."""

import dataclasses
import json
import re
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from pair_ls.crdt.awareness import Awareness
from pair_ls.hub.hub import room_limits
from pair_ls.room.limits import DEFAULT_LIMITS
from pair_ls.room.messages import AwarenessUpdate, encode
from pair_ls.settings import HubLimits, HubSettings
from tests.hub.clients import Stock, client_id, until
from tests.hub.test_rest import problem
from tests.support.hub_process import HubProcess

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"
UNITS = {"": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "MB": 1_000_000}

StartHub = Callable[..., HubProcess]


def rows() -> dict[str, tuple[str, str]]:
    """Setting -> its default and what happens above it."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[3].startswith("`"):
            found[cells[3].strip("`")] = (cells[1], cells[2])
    return found


def number(text: str) -> int:
    found = re.match(r"([\d,]+) ?(KiB|MiB|MB|bytes)?", text)
    assert found is not None, text
    return int(found[1].replace(",", "")) * UNITS[found[2] or ""]


def test_every_limit_is_on_the_page_with_its_default(tmp_path: Path) -> None:
    shown = rows()
    limits = {f"limits.{field.name}": field.default for field in dataclasses.fields(HubLimits)}
    limits["max_document_bytes"] = HubSettings(data_dir=tmp_path).max_document_bytes
    assert {name: number(default) for name, (default, _) in shown.items()} == limits
    for name, (_, above) in shown.items():
        assert re.search(r"\d{3}|`[a-z-]+`", above), f"{name}: no code is named"


async def test_too_many_connections_from_one_address(start_hub: StartHub) -> None:
    hub = start_hub(arguments=["--limits-connections-per-address", "2"])
    room_id = hub.create_room(code="x")["roomId"]
    async with Stock(hub, room_id) as ada, Stock(hub, room_id) as bob:
        await ada.sees("x")
        await bob.sees("x")
        with pytest.raises(InvalidStatus) as refused:
            await Stock(hub, room_id).connect()
    response = refused.value.response
    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")
    assert json.loads(response.body or b"")["code"] == "too-many-connections"


async def test_too_many_in_a_room(start_hub: StartHub) -> None:
    hub = start_hub(arguments=["--limits-room-participants", "1"])
    room_id = hub.create_room(code="x")["roomId"]
    async with Stock(hub, room_id) as ada, Stock(hub, room_id) as bob:
        await ada.sees("x")
        await bob.is_closed_with(4416)


@pytest.mark.parametrize(
    ("flag", "size", "code"),
    [
        ("--max-document-bytes", 5000, 4414),
        ("--limits-room-bytes", 5000, 4415),
        ("--limits-message-bytes", 20_000, 4413),
    ],
)
async def test_too_much_text(start_hub: StartHub, flag: str, size: int, code: int) -> None:
    hub = start_hub(arguments=[flag, str(size)])
    room_id = hub.create_room(code="x")["roomId"]
    async with Stock(hub, room_id) as ada, Stock(hub, room_id) as bob:
        await bob.sees("x")
        await ada.sees("x")
        await ada.type("é" * 2000)
        await bob.sees("x" + "é" * 2000)
        await ada.type("é" * 20_000)
        await ada.type("!")
        await ada.is_closed_with(code)
        await until(lambda: bob.closed is None and bob.shared.text.startswith("xé"), "others are undisturbed")


async def test_too_much_awareness(start_hub: StartHub) -> None:
    hub = start_hub(arguments=["--limits-awareness-bytes", "200"])
    room_id = hub.create_room(code="x")["roomId"]
    async with Stock(hub, room_id) as ada:
        await ada.sees("x")
        for size, is_open in ((100, True), (300, False)):
            state = Awareness(client_id()).set_local({"mark": "é" * (size // 2)}, 0.0)
            await ada.send(encode(AwarenessUpdate(state)))
            if is_open:
                await ada.type("y")
        await ada.is_closed_with(4400)
    assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "xy"


def test_too_many_completions(start_hub: StartHub) -> None:
    hub = start_hub(arguments=["--limits-completions-per-minute", "1"])
    asked = {"code": "def area(side):\n    return side\n\nar", "cursorPosition": 35}
    hub.request("POST", "/api/autocomplete", asked)
    assert problem(hub, "POST", "/api/autocomplete", asked) == (429, "too-many-requests")


async def test_who_guesses_on_is_not_listened_to_any_more(start_hub: StartHub) -> None:
    hub = start_hub(arguments=["--limits-refusals-per-minute", "6", "--access", "invite"])
    made: Any = hub.create_room(code="x")
    path = f"/api/rooms/{made['roomId']}"
    for _ in range(2):
        assert problem(hub, "GET", path) == (404, "unknown-room")
        assert problem(hub, "GET", path, token="no.good.token") == (401, "invalid-invite")
        with pytest.raises(InvalidStatus) as refused:
            await Stock(hub, "guessed").connect()
        assert refused.value.response.status_code == 404
    with pytest.raises(InvalidStatus) as refused:
        await Stock(hub, made["roomId"], token=made["token"]).connect()
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "5")
    with pytest.raises(urllib.error.HTTPError) as error:
        hub.request("GET", path)
    assert (error.value.code, error.value.headers["Retry-After"]) == (429, "5")


def test_a_room_by_itself_has_the_limits_of_a_hub_without_settings(tmp_path: Path) -> None:
    assert room_limits(HubSettings(data_dir=tmp_path)) == DEFAULT_LIMITS
