"""Participants of all kinds meet in a real hub."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hub.clients import Pair, Simple, Stock
from tests.support.hub_process import HubProcess

AWKWARD = "é 😀 \u2028 é\x0c\n"


@pytest.fixture
def room_id(hub: HubProcess) -> str:
    made: str = hub.create_room(language="python")["roomId"]
    return made


async def test_what_one_types_the_other_sees(hub: HubProcess, room_id: str) -> None:
    async with Pair(hub, room_id, name="Ada") as ada, Pair(hub, room_id, name="Bob") as bob:
        await ada.open(text=AWKWARD)
        await bob.open()
        await bob.sees(AWKWARD)
        await asyncio.gather(ada.type("ada\n", at=0), bob.type("bob\n"))
        await ada.sees("ada\n" + AWKWARD + "bob\n")
        await bob.sees("ada\n" + AWKWARD + "bob\n")
        await ada.is_safe()
        await bob.is_safe()


async def test_stock_yjs_and_simple_clients_join_editors(hub: HubProcess) -> None:
    made = hub.create_room(language="python", code="start\n")
    room_id = made["roomId"]
    async with Pair(hub, room_id) as ada, Stock(hub, room_id) as stock, Simple(hub, room_id) as sue:
        await ada.open("main.py")
        for client in (ada, stock, sue):
            await client.sees("start\n")
        await stock.type("stock\n")
        await sue.sees("start\nstock\n")
        await sue.type("sue\n")
        await ada.sees("start\nstock\nsue\n")
        await ada.type("ada\n", at=0)
        for client in (ada, stock, sue):
            await client.sees("ada\nstart\nstock\nsue\n")
    assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "ada\nstart\nstock\nsue\n"


async def test_what_was_acknowledged_is_there_after_kill_9(hub: HubProcess, room_id: str) -> None:
    async with Pair(hub, room_id) as ada:
        await ada.open(text="kept")
        for number in range(50):
            await ada.type(f" {number}")
        await ada.is_safe()
        text = ada.text
        hub.kill9()
    await asyncio.to_thread(hub.start)
    async with Pair(hub, room_id) as bob:
        await bob.open()
        await bob.sees(text)


async def test_edits_made_offline_arrive_with_the_next_connection(hub: HubProcess, room_id: str) -> None:
    async with Pair(hub, room_id) as bob, Pair(hub, room_id) as ada:
        await ada.open(text="one ")
        await bob.open()
        await bob.sees("one ")
        await ada.disconnect()
        await ada.type("offline ")
        await bob.type("online ", at=0)
        await ada.connect()
        await ada.sees("online one offline ")
        await bob.sees("online one offline ")


async def test_a_hub_that_is_asked_to_stop_tells_when_to_come_back(hub: HubProcess, room_id: str) -> None:
    async with Pair(hub, room_id) as ada, Pair(hub, room_id) as bob:
        await ada.open(text="x")
        await bob.open()
        await ada.type("y")
        assert await asyncio.to_thread(hub.stop) == 0
        for client in (ada, bob):
            await client.is_closed_with(1012)
            assert client.closed is not None
            assert 0.0 < float(client.closed[1]) < 5.0
    await asyncio.to_thread(hub.start)
    async with Pair(hub, room_id) as cleo:
        await cleo.open()
        await cleo.sees("xy")


async def test_a_thousand_edits_at_once_leave_a_checkpoint_that_loads(
    start_hub: Callable[..., HubProcess], tmp_path: Path
) -> None:
    hub = start_hub(tmp_path / "hub")
    room_id = hub.create_room()["roomId"]
    async with Pair(hub, room_id) as ada:
        await ada.open()
        for number in range(1200):
            await ada.type("ab"[number % 2])
            if number % 100 == 0:
                await ada.is_safe()
        await ada.is_safe()
        text = ada.text
    assert re.search(r"^pair_ls_checkpoints_total [1-9]", metrics(hub), re.MULTILINE)
    hub.kill9()
    hub.start()
    async with Pair(hub, room_id) as bob:
        await bob.open()
        await bob.sees(text)
        await bob.type("!")
        await bob.is_safe()


def metrics(hub: HubProcess) -> str:
    from tests.support.hub_process import OPENER

    with OPENER.open(f"{hub.url}/metrics", timeout=5) as answer:
        text: str = answer.read().decode()
        return text
