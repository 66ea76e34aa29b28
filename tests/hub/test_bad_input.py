"""Those who keep no rules: closed with a reason, and nobody else is disturbed."""

import asyncio
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from pair_ls.room.messages import SyncStep1, Update, encode
from tests.hub.clients import Pair, Stock
from tests.hub.wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Wire, frame
from tests.support.hub_process import HubProcess


@pytest.fixture
def room_id(hub: HubProcess) -> str:
    made: str = hub.create_room(language="python", code="safe")["roomId"]
    return made


@contextmanager
def entered(hub: HubProcess, room_id: str, **options: int) -> Iterator[Wire]:
    """A good handshake and a good beginning."""
    with Wire(hub, f"/ws/{room_id}", **options) as wire:  # type: ignore[arg-type]  # only sizes are passed here
        assert wire.status == 101
        wire.send(frame(BINARY, encode(SyncStep1(b"\x00"))))
        wire.read()
        yield wire


BAD_FRAMES = {
    "unmasked": (frame(BINARY, b"x", masked=False), 1002),
    "reserved bits": (frame(BINARY, b"x", reserved=4), 1002),
    "unknown kind": (frame(3, b"x"), 1002),
    "continuation of nothing": (frame(CONTINUATION, b"x"), 1002),
    "fragmented ping": (frame(PING, b"x", fin=False), 1002),
    "long ping": (frame(PING, b"x" * 126), 1002),
    "close with half a code": (frame(CLOSE, b"x"), 1002),
    "announces 16 MiB and a byte": (frame(BINARY, b"\0" * ((16 << 20) + 1))[:14], 4413),
    "announces 2^62 bytes": (b"\x82\xff" + (2**62).to_bytes(8, "big") + b"\0\0\0\0", 4413),
    "65 pieces": (frame(BINARY, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 70, 4413),
    "text that is no UTF-8": (frame(TEXT, b"\xff"), 4400),
    "no message": (frame(BINARY, b"\xff" * 40), 4400),
    "an update that kills native code": (frame(BINARY, encode(Update(b"\x01" + b"\xff" * 30))), 4400),
    "an update nested without end": (
        frame(BINARY, encode(Update(b"\x01\x01\x05\x00\x28\x01\x01x\x01k" + b"v" * 500))),
        4400,
    ),
}


def test_what_keeps_no_rules_is_closed_with_a_reason(hub: HubProcess, room_id: str) -> None:
    for what, (data, code) in BAD_FRAMES.items():
        with entered(hub, room_id) as wire:
            wire.send(data)
            assert wire.close_code() == code, what
            assert wire.is_cut(), what
    assert hub.is_healthy()
    assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "safe"


def test_frames_may_come_in_any_pieces(hub: HubProcess, room_id: str) -> None:
    hello = frame(BINARY, encode(SyncStep1(b"\x00")))
    with Wire(hub, f"/ws/{room_id}") as wire:
        for at in range(len(hello)):
            wire.send(hello[at : at + 1])
            time.sleep(0.001)
        assert wire.read()[0] == BINARY
        payload = encode(SyncStep1(b"\x00"))
        wire.send(frame(BINARY, payload[:1], fin=False) + frame(PING, b"beat") + frame(CONTINUATION, payload[1:]))
        kinds = [wire.read() for _ in range(3)]
        assert (PONG, b"beat") in kinds


def test_noise_disturbs_nobody(hub: HubProcess, room_id: str) -> None:
    dice = random.Random(20)
    for _ in range(40):
        with entered(hub, room_id) as wire:
            try:
                for _ in range(20):
                    wire.send(frame(dice.choice((BINARY, BINARY, TEXT, 0, 5)), dice.randbytes(dice.randrange(300))))
            except ConnectionError:
                continue
    assert hub.request("GET", f"/api/rooms/{room_id}")["code"] == "safe"


async def test_a_flood_slows_only_its_sender(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub(arguments=["--limits-updates-per-second", "200"])
    room_id = hub.create_room()["roomId"]

    def flood() -> int:
        with Wire(hub, f"/ws/{room_id}") as wire:
            beat = frame(BINARY, encode(SyncStep1(b"\x00"))) * 2000
            for _ in range(20):
                wire.send(beat)
            return wire.close_code()

    async with Pair(hub, room_id) as ada, Pair(hub, room_id) as bob:
        await ada.open(text=".")
        await bob.open()
        flooding = asyncio.create_task(asyncio.to_thread(flood))
        for number in range(20):
            await ada.type(f"{number} ")
            await bob.sees(ada.text)
        code = await flooding
    assert code in (0, 1013, 4429), "cut, or too many unread answers, or too much haste"
    assert hub.is_healthy()


def test_a_flood_of_pongs_is_one_too(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub(arguments=["--limits-updates-per-second", "200"])
    with Wire(hub, f"/ws/{hub.create_room()['roomId']}") as wire:
        wire.send(frame(PONG) * 10_000)
        assert wire.close_code() == 4429


def test_half_a_handshake_is_cut_off(start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub()
    from socket import create_connection

    with create_connection(("127.0.0.1", hub.port)) as slow, create_connection(("127.0.0.1", hub.port)) as large:
        slow.sendall(b"GET /ws/x HTTP/1.1\r\nHost: x\r\nX-A: ")
        large.sendall(b"GET /ws/x HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000)
        for cut in (large, slow):
            cut.settimeout(20)
            try:
                assert cut.recv(1000)[:12] in (b"", b"HTTP/1.1 400")
            except ConnectionError:
                continue


async def test_a_reader_that_stalls_is_left_out_and_then_brought_up_to_date(hub: HubProcess, room_id: str) -> None:
    def memory() -> int:
        return int(psutil.Process(hub.process_id).memory_info().rss)

    async with Stock(hub, room_id) as ada, Stock(hub, room_id) as bob:
        await ada.sees("safe")
        await bob.sees("safe")
        with entered(hub, room_id, buffer_bytes=4096) as stalled:
            before = memory()
            for number in range(60):
                await ada.type(f"{number} " + "x" * 100_000)
                if number % 10 == 9:
                    await bob.sees(ada.shared.text)
            await bob.sees(ada.shared.text)
            grown = memory() - before
            text = ada.shared.text
            stalled.socket.settimeout(20)
            late = Stock(hub, room_id)
            while late.shared.text != text:
                kind, payload = await asyncio.to_thread(stalled.read)
                if kind == BINARY and payload[:1] == b"\x00" and payload[1:2] in (b"\x01", b"\x02"):
                    await late.hear(payload)
    assert grown < 60 << 20, "the room itself has six megabytes of text, in several copies"


def test_a_reader_that_never_reads_does_not_hold_up_the_end(hub: HubProcess, room_id: str) -> None:
    with entered(hub, room_id, buffer_bytes=4096) as stuck:
        stuck.send(frame(BINARY, encode(SyncStep1(b"\x00"))) * 50)
        started = time.monotonic()
        hub.child.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]  # it runs
        assert hub.child.process.wait(10) == 0  # type: ignore[union-attr]  # it runs
        assert time.monotonic() - started < 6.0


def test_pages_of_others_and_unknown_rooms_are_refused(hub: HubProcess, room_id: str) -> None:
    with Wire(hub, f"/ws/{room_id}", headers={"Origin": "https://evil.example"}) as wire:
        assert (wire.status, wire.problem) == (403, "foreign-origin")
    with Wire(hub, f"/ws/{room_id}", headers={"Origin": hub.url}) as wire:
        assert wire.status == 101
    for path in ("/ws/unknown-room", "/ws/", "/ws/a/b/c", "/ws/%00", "/nowhere", f"/ws/{room_id}/no%20id"):
        with Wire(hub, path) as wire:
            assert (wire.status, wire.problem) == (404, "unknown-room"), path
    with Wire(hub, "/ws/unknown-room", headers={"Origin": hub.url}) as wire:
        assert wire.status == 101, "a browser's page is told by a close code"
        assert wire.close_code() == 4404
