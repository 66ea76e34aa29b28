"""The database is away for half a minute, killed or frozen, while people type: what they notice, and what is lost."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.error import HTTPError

import psutil

from tests.chaos.places import Place
from tests.chaos.typist import Typist
from tests.support.hub_process import OPENER, HubProcess

AWAY_SECONDS = 30.0
MOST_TOLD_SECONDS = 2.0
MOST_CAUGHT_UP_SECONDS = 15.0
MOST_MORE_BYTES = 64 << 20
_PATH = "away é😀.py"


@dataclass(frozen=True, slots=True)
class Outage:
    """Killed, with its whole tree; or frozen, so that it neither answers nor hangs up."""

    name: str
    is_frozen: bool
    seconds: float = AWAY_SECONDS


@dataclass
class Report:
    """Times are from the moment when the database went, or came back."""

    outage: Outage
    told_seconds: float = float("inf")
    """Until /readyz says so."""
    unsaved_seconds: float = 0.0
    """The longest time without any acknowledgement: so long an editor shows its edits as unsaved."""
    made: int = 0
    acknowledged_meanwhile: int = 0
    caught_up_seconds: float = float("inf")
    """Until every edit is acknowledged and the main database has all of it."""
    more_bytes: int = 0
    lost: int = 0
    doubled: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return (
            not (self.lost or self.doubled or self.complaints)
            and self.told_seconds <= MOST_TOLD_SECONDS
            and self.caught_up_seconds <= MOST_CAUGHT_UP_SECONDS
            and self.more_bytes <= MOST_MORE_BYTES
        )

    def __str__(self) -> str:
        return (
            f"{'ok' if self.is_sound else 'FAILED'} {self.outage.name} {self.outage.seconds:g} s: told after"
            f" {self.told_seconds:.1f} s, {self.made} edits meanwhile, {self.acknowledged_meanwhile} acknowledged"
            f" meanwhile, longest without acknowledgement {self.unsaved_seconds:.1f} s, all in the database"
            f" {self.caught_up_seconds:.1f} s after its return, hub +{self.more_bytes / (1 << 20):.1f} MiB,"
            f" lost {self.lost}, doubled {self.doubled} {self.complaints or ''}"
        )


async def sit_through(outage: Outage, seed: int) -> Report:
    """One outage on a place of its own."""
    with Place(on_postgresql=True) as place:
        return await _Sitting(place, outage, seed).run()


class _Sitting:
    def __init__(self, place: Place, outage: Outage, seed: int) -> None:
        self.place = place
        self.report = Report(outage)
        self.room_id: str = place.hub.create_room()["roomId"]
        dice = random.Random(seed)
        self.typists = [Typist(place.hub, self.room_id, number, dice) for number in range(4)]

    async def run(self) -> Report:
        for typist in self.typists:
            typist.start([_PATH])
        try:
            await self._until(lambda: self._acknowledged() > 50, "typing goes on")
            await self._be_away()
            await self._catch_up()
            await self._look()
        finally:
            for typist in self.typists:
                await typist.stop()
        return self.report

    async def _be_away(self) -> None:
        memory = _memory(self.place.hub)
        made, acknowledged = self._made(), self._acknowledged()
        if self.report.outage.is_frozen:
            with self.place.frozen_database():
                await self._watch()
        else:
            await asyncio.to_thread(self.place.kill_database)
            await self._watch()
            await asyncio.to_thread(self.place.return_database)
        self.report.made = self._made() - made
        self.report.acknowledged_meanwhile = self._acknowledged() - acknowledged
        self.report.more_bytes = max(0, _memory(self.place.hub) - memory)

    async def _watch(self) -> None:
        started = last = time.monotonic()
        count = self._acknowledged()
        while time.monotonic() - started < self.report.outage.seconds:
            if self.report.told_seconds > AWAY_SECONDS:
                asked = time.monotonic()
                if not await asyncio.to_thread(is_ready, self.place.hub):
                    self.report.told_seconds = asked - started
            now = time.monotonic()
            if self._acknowledged() > count:
                last, count = now, self._acknowledged()
            self.report.unsaved_seconds = max(self.report.unsaved_seconds, now - last)
            await asyncio.sleep(0.05)

    async def _catch_up(self) -> None:
        started = time.monotonic()
        goal = self._made()

        async def is_caught_up() -> bool:
            return self._acknowledged() >= goal and await asyncio.to_thread(is_ready, self.place.hub)

        while not await is_caught_up():
            if time.monotonic() - started > 4 * MOST_CAUGHT_UP_SECONDS:
                self.report.complaints.append(f"not caught up: {self.place.hub.stderr()[-800:]}")
                return
            await asyncio.sleep(0.05)
        self.report.caught_up_seconds = time.monotonic() - started

    async def _look(self) -> None:
        for typist in self.typists:
            typist.is_typing = False
        await self._until(lambda: all(typist.unacknowledged == 0 for typist in self.typists), "all is saved")
        self.place.hub.kill9()
        (self.place.folder / "data" / "spool.sqlite3").unlink()  # the database alone must have it
        for document_id in self.typists[0].sheets:
            text = await asyncio.to_thread(self.place.stored_text, self.room_id, document_id)
            for typist in self.typists:
                there, gone, _ = typist.sheets[document_id].expected()
                self.report.lost += sum(mark not in text for mark in there)
                self.report.doubled += sum(text.count(mark) > 1 for mark in there) + sum(mark in text for mark in gone)
                if typist.text(document_id) != text:
                    self.report.complaints.append(f"typist {typist.number} has another text than the database")
        self.report.complaints += [f"reset: {typist.refusals}" for typist in self.typists if typist.resets]

    def _made(self) -> int:
        return sum(typist.made for typist in self.typists)

    def _acknowledged(self) -> int:
        return sum(typist.acknowledged for typist in self.typists)

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain until {what}: {self.place.hub.stderr()[-800:]}")
            await asyncio.sleep(0.02)


def is_ready(hub: HubProcess) -> bool:
    """What GET /readyz says."""
    try:
        with OPENER.open(f"{hub.url}/readyz", timeout=10) as answer:
            return bool(json.loads(answer.read())["ready"])
    except HTTPError:
        return False


def _memory(hub: HubProcess) -> int:
    return int(psutil.Process(hub.process_id).memory_info().rss)
