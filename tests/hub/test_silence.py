"""Peers that fall silent or stop reading are let go, with a reason. Time is told to the hub, not waited for."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pair_ls.hub import socket as room_socket
from pair_ls.room.ids import MAIN
from pair_ls.room.messages import SyncStep1
from tests.hub.clients import until
from tests.hub.test_rights_matrix import CALLERS, Socket, Visit, opened
from tests.hub.wire import PING

EDITOR = next(who for who in CALLERS if who.name == "editor")


class Peer(Socket):
    """`waiting` bytes have not been taken."""

    waiting = 0

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def sweep(self, seconds: float) -> None:
        """As the hub does now and then, so many seconds from now."""
        self.socket.sweep(time.monotonic() + seconds, time.time() + seconds)

    @property
    def pings(self) -> int:
        return [kind for kind, _ in self.heard()].count(PING)


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with opened(tmp_path) as house:
        visit = await house.room(EDITOR, changed=False)
        await visit.live.load(MAIN)
        yield visit


@pytest.fixture
def peer(visit: Visit) -> Peer:
    peer = Peer(visit, visit.token, visit.secret, pair=True)
    peer.say(MAIN, SyncStep1(b"\0"))
    return peer


async def test_who_reads_nothing_for_30_seconds_is_closed_with_a_reason(peer: Peer) -> None:
    peer.waiting = 1000
    peer.sweep(1)
    peer.sweep(30)
    assert peer.close_code() is None
    peer.sweep(32)
    assert peer.close_code() == 4408
    assert peer.visit.live.connections == 0


async def test_who_reads_slowly_but_reads_is_not_closed(peer: Peer) -> None:
    for number in range(4):
        peer.waiting = 1000 - number
        peer.sweep(10.0 * number)
    assert peer.close_code() is None


async def test_who_is_not_heard_for_45_seconds_is_closed_and_is_pinged_before(peer: Peer) -> None:
    peer.sweep(44)
    assert (peer.pings, peer.close_code()) == (1, None)
    peer.sweep(46)
    assert peer.close_code() == 4408


async def test_only_who_is_silent_is_pinged_and_not_in_each_sweep(peer: Peer) -> None:
    peer.sweep(19)
    assert peer.pings == 0
    peer.sweep(21)
    peer.sweep(23)
    assert peer.pings == 1
    peer.socket.data_received(b"\x8a\x80\0\0\0\0")
    peer.socket.heard_at += 30
    peer.sweep(44)
    assert peer.pings == 1
    peer.sweep(51)
    assert peer.pings == 2


async def test_what_waits_for_a_slow_reader_is_bounded(peer: Peer) -> None:
    peer.waiting = room_socket.SLOW_BYTES + 1
    peer.socket.pause_writing()
    peer.socket.send(b"\x82\x01x")
    assert peer.close_code() is None
    peer.waiting += room_socket.MOST_HELD_BYTES + 1
    peer.socket.send(b"\x82\x01x")
    assert peer.close_code() == 1013


async def test_a_close_that_is_not_answered_is_cut(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_socket, "CLOSING_SECONDS", 0.0)
    peer.socket.close(1013, "é")
    assert not peer.is_over
    await until(lambda: peer.is_over, "it is cut")


async def test_an_expired_token_closes_its_connection(peer: Peer) -> None:
    assert peer.socket.entrance is not None
    peer.socket.entrance = replace(peer.socket.entrance, expires_at=time.time() + 5)
    peer.sweep(4)
    assert peer.close_code() is None
    peer.sweep(6)
    assert peer.close_code() == 4401
