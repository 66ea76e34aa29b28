"""PostgreSQL goes away under people who type: they go on, what is acknowledged is safe, and all of it arrives there."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.hub.clients import Pair, until
from tests.support.hub_process import HubProcess
from tests.support.postgres import PostgresServer

AWAY_SECONDS = 4.0


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    with PostgresServer(durable=True) as server:
        yield server


def processes(server: PostgresServer) -> list[psutil.Process]:
    assert server.child is not None
    main = psutil.Process(server.child.process.pid)
    return [main, *main.children(recursive=True)]


def freeze(server: PostgresServer) -> Callable[[], None]:
    """Stops it in the middle of whatever it does; gives what lets it go on."""
    stopped = processes(server)
    for process in stopped:
        os.kill(process.pid, signal.SIGSTOP)

    def go_on() -> None:
        for process in stopped:
            if process.is_running():
                os.kill(process.pid, signal.SIGCONT)

    return go_on


def kill(server: PostgresServer) -> Callable[[], None]:
    server.kill9()
    return server.restart


@pytest.mark.timeout(120)
@pytest.mark.parametrize("go_away", [kill, freeze])
async def test_typing_goes_on_and_nothing_is_lost(
    start_hub: Callable[..., HubProcess],
    database: PostgresServer,
    go_away: Callable[[PostgresServer], Callable[[], None]],
) -> None:
    hub = start_hub(database_url=database.url())
    room_id = hub.create_room()["roomId"]
    async with Pair(hub, room_id) as ada, Pair(hub, room_id) as bob:
        await ada.open()
        await bob.open()
        come_back = await asyncio.to_thread(go_away, database)
        try:
            await ada.type("while it is away ")
            await bob.sees(ada.text)
            for number in range(int(AWAY_SECONDS / 0.1)):
                await (ada, bob)[number % 2].type(f"{number} ")
                await asyncio.sleep(0.1)
            await ada.is_safe()
            await bob.is_safe()
            await bob.sees(ada.text)
            assert await asyncio.to_thread(ready, hub) == 503
        finally:
            await asyncio.to_thread(come_back)
        for _ in range(100):
            if await asyncio.to_thread(ready, hub) == 200:
                break
            await asyncio.sleep(0.2)
        await ada.type("and back")
        await ada.is_safe()
        text = ada.text
        await bob.sees(text)
    hub.kill9()
    (hub.folder / "data" / "spool.sqlite3").unlink()
    hub.start()
    async with Pair(hub, room_id) as cleo:
        await cleo.open()
        await until(lambda: len(cleo.text) == len(text), "all of it came from PostgreSQL alone")
        assert cleo.text == text


def ready(hub: HubProcess) -> int:
    from urllib.error import HTTPError

    from tests.support.hub_process import OPENER

    try:
        with OPENER.open(f"{hub.url}/readyz", timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


async def test_a_hub_killed_during_the_outage_loses_nothing_acknowledged(
    start_hub: Callable[..., HubProcess], database: PostgresServer
) -> None:
    hub = start_hub(database_url=database.url())
    room_id = hub.create_room()["roomId"]
    async with Pair(hub, room_id) as ada:
        await ada.open(text="before ")
        await ada.is_safe()
        await asyncio.to_thread(database.kill9)
        await ada.type("during")
        await ada.is_safe()
        text = ada.text
        hub.kill9()
    await asyncio.to_thread(database.restart)
    await asyncio.to_thread(hub.start)
    async with Pair(hub, room_id) as bob:
        await bob.open()
        await bob.sees(text)
