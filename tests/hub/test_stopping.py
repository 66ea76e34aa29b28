"""SIGTERM under people who type, with one beside them who never reads: nobody's text goes back, and it is quick."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pair_ls.room.messages import SyncStep1, encode
from tests.hub.clients import Pair, Stock, until
from tests.hub.wire import BINARY, Wire, frame
from tests.support.hub_process import HubProcess

LONGEST_SECONDS = 5.0
STOPS = 3


class Watchful(Pair):
    """Everybody only adds: what this one sees must never become shorter. Comes back as the hub asks it to."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.longest = 0
        self.went_back = 0

    async def hear(self, message: bytes | str) -> None:
        await super().hear(message)
        if self.document_id is not None:
            self.went_back += len(self.text) < self.longest
            self.longest = len(self.text)

    async def come_back(self) -> None:
        while self.closed is not None:
            try:
                await self.connect()
            except OSError:
                await asyncio.sleep(0.05)

    async def type_marks(self, sign: str, stop: asyncio.Event) -> int:
        count = 0
        while not stop.is_set():
            await self.type(f"{sign}{count};", at=0)
            count += 1
            await asyncio.sleep(0.005)
        return count


@contextmanager
def never_reading(hub: HubProcess, room_id: str) -> Iterator[Wire]:
    """Has asked for much, and its window is closed."""
    with Wire(hub, f"/ws/{room_id}", buffer_bytes=4096) as stuck:
        stuck.send(frame(BINARY, encode(SyncStep1(b"\x00"))) * 50)
        yield stuck


@pytest.mark.timeout(120)
async def test_a_hub_stops_under_writers_and_no_text_goes_back(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub()
    room_id = hub.create_room(language="python", code="é 😀 " * 20_000)["roomId"]
    ada, bob = Watchful(hub, room_id, name="Ada"), Watchful(hub, room_id, name="Bob")
    stop = asyncio.Event()
    async with ada, bob:
        await ada.open("main.py")
        await bob.open("main.py")
        typing = [asyncio.create_task(who.type_marks(sign, stop)) for who, sign in ((ada, "a"), (bob, "b"))]
        for _ in range(STOPS):
            await asyncio.sleep(0.3)
            with never_reading(hub, room_id):
                seconds = await asyncio.to_thread(terminate, hub)
            assert seconds < LONGEST_SECONDS
            for who in (ada, bob):
                await who.is_closed_with(1012)
            delays = [float(who.closed[1]) for who in (ada, bob) if who.closed is not None]
            assert len(set(delays)) == len(delays) == 2, "all would come back at the same moment"
            assert all(0.4 < delay < 3.1 for delay in delays)
            await asyncio.to_thread(hub.start)
            await asyncio.gather(ada.come_back(), bob.come_back())
        stop.set()
        counts = dict(zip("ab", await asyncio.gather(*typing), strict=True))
        await ada.is_safe()
        await bob.is_safe()
        await until(lambda: ada.text == bob.text, "both have the same")
        text = ada.text
        assert ada.resets == bob.resets == ada.went_back == bob.went_back == 0
    marks = text.partition("é")[0].split(";")[:-1]
    assert sorted(marks) == sorted(f"{sign}{number}" for sign, count in counts.items() for number in range(count))
    async with Stock(hub, room_id) as cleo:
        await cleo.sees(text)


def terminate(hub: HubProcess) -> float:
    """How long it takes, of which the hub accepts nobody."""
    assert hub.child is not None
    started = time.monotonic()
    hub.child.send_signal(signal.SIGTERM)
    assert hub.child.wait(10) == 0, hub.stderr()
    return time.monotonic() - started


async def test_a_hub_that_stops_lets_nobody_in(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub()
    room_id = hub.create_room()["roomId"]
    with never_reading(hub, room_id):
        assert hub.child is not None
        hub.child.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        newcomer = Stock(hub, room_id)
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await newcomer.connect()
        assert await asyncio.to_thread(hub.child.wait, 10) == 0
