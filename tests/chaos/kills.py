"""Kill -9 at a random moment, look into the store, start again; over and over, while four people type."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pair_ls.room.ids import DocumentId
from tests.chaos.places import Place
from tests.chaos.typist import Typist

TYPISTS = 4
PATHS = ["one.py", "zwei é😀.py"]
KILLS_PER_ROOM = 20
"""Then everyone must agree, and a new room begins: texts stay small enough to be looked through after each kill."""
_PROGRESS_SECONDS = 60.0
_AGREE_SECONDS = 90.0
_MOST_TYPING_SECONDS = 0.5
_MOST_AWAY_SECONDS = 1.5


@dataclass
class Tally:
    """What came of it. All of `lost`, `doubled`, `risen`, `resets` and `disagreements` must be zero."""

    name: str
    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    made: int = 0
    acknowledged: int = 0
    lost: int = 0
    lost_in_kills: int = 0
    doubled: int = 0
    risen: int = 0
    """Marks whose removal was acknowledged, and which are in the store again."""
    resets: int = 0
    missing_at_the_end: int = 0
    disagreements: int = 0
    rooms: int = 0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        bad = (self.lost, self.doubled, self.risen, self.resets, self.missing_at_the_end, self.disagreements)
        return not any(bad)

    def __str__(self) -> str:
        kills = ", ".join(f"{count} {what}" for what, count in sorted(self.kills.items()))
        return (
            f"{self.name} (seed {self.seed}): {kills} kills in {self.seconds:.0f} s, {self.rooms} rooms;"
            f" {self.made} edits, {self.acknowledged} acknowledged; lost {self.lost} (in {self.lost_in_kills} kills),"
            f" doubled {self.doubled}, removals undone {self.risen}, replicas reset {self.resets};"
            f" at the end missing {self.missing_at_the_end}, disagreements {self.disagreements}"
        )


class Chaos:
    """One place, one target, many kills."""

    def __init__(
        self, place: Place, target: str, *, name: str, seed: int, kills_per_room: int = KILLS_PER_ROOM
    ) -> None:
        self.place = place
        self.target = target
        self.dice = random.Random(seed)
        self.tally = Tally(name, seed)
        self.kills_per_room = kills_per_room
        self.typists: list[Typist] = []
        self.room_id = ""

    async def run(self, kills: int, *, report: Callable[[str], None] = lambda line: None) -> Tally:
        """So many kills, in as many rooms as that takes."""
        started = time.monotonic()
        done = 0
        while done < kills:
            await self._open_room()
            try:
                for _ in range(min(self.kills_per_room, kills - done)):
                    await self._cycle()
                    done += 1
                await self._agree()
            finally:
                for typist in self.typists:
                    await typist.stop()
            self.tally.seconds = time.monotonic() - started
            report(str(self.tally))
        return self.tally

    async def _open_room(self) -> None:
        room = await asyncio.to_thread(self.place.hub.create_room)
        self.room_id = room["roomId"]
        self.typists = [Typist(self.place.hub, self.room_id, number, self.dice) for number in range(TYPISTS)]
        for typist in self.typists:
            typist.start(PATHS)
        await self._until(lambda: all(len(typist.sheets) == len(PATHS) for typist in self.typists), "documents open")
        self.tally.rooms += 1

    async def _cycle(self) -> None:
        """From running to killed, looked at, and started again."""
        before = self._acknowledged()
        await self._until(lambda: self._acknowledged() > before + TYPISTS, "acknowledgements flow")
        await asyncio.sleep(self.dice.uniform(0, _MOST_TYPING_SECONDS))
        what = self.place.choose(self.target, self.dice)
        self.tally.kills[what] = self.tally.kills.get(what, 0) + 1
        if what == "hub":
            await self._kill_hub()
        else:
            await self._kill_database()

    async def _kill_hub(self) -> None:
        await asyncio.to_thread(self.place.hub.kill9)
        await self._freeze()
        await self._look()
        self._thaw()  # they type without a hub until it is back
        await asyncio.to_thread(self.place.hub.start)

    async def _kill_database(self) -> None:
        """The hub goes on alone for a while; in half of the cases it is killed there too."""
        await asyncio.to_thread(self.place.kill_database)
        await asyncio.sleep(self.dice.uniform(0, _MOST_AWAY_SECONDS))
        is_hub_killed = self.dice.random() < 0.5
        if is_hub_killed:
            await asyncio.to_thread(self.place.hub.kill9)
        await self._freeze()
        await asyncio.to_thread(self.place.return_database)
        await self._look()
        self._thaw()
        if is_hub_killed:
            await asyncio.to_thread(self.place.hub.start)

    # ---- looking ----

    async def _freeze(self) -> None:
        await asyncio.gather(*(typist.freeze() for typist in self.typists))

    def _thaw(self) -> None:
        for typist in self.typists:
            typist.thaw()

    async def _look(self) -> None:
        """Everyone is frozen: what the store has now, it has without them."""
        lost = 0
        for document_id in self._document_ids():
            text = await asyncio.to_thread(self.place.stored_text, self.room_id, document_id)
            for typist in self.typists:
                sheet = typist.sheets.get(document_id)
                if sheet is None:
                    continue
                there, gone, _ = sheet.expected()
                for mark in sorted(there):
                    count = text.count(mark)
                    lost += count == 0
                    self.tally.doubled += count > 1
                    if count != 1:
                        self._complain(f"{mark!r} is {count} times in the store")
                risen = sum(mark in text for mark in gone)
                self.tally.risen += risen
                if risen:
                    self._complain(f"{risen} removed marks are back in the store")
        self.tally.lost += lost
        self.tally.lost_in_kills += lost > 0

    async def _agree(self) -> None:
        """Nobody types any more: soon all have everything once, and the store has the same."""
        for typist in self.typists:
            typist.is_typing = False
        agreed = await self._settled()
        self.tally.disagreements += not agreed
        for document_id in self._document_ids():
            stored = await asyncio.to_thread(self.place.stored_text, self.room_id, document_id)
            differing = [typist.number for typist in self.typists if typist.text(document_id) != stored]
            if agreed and differing:
                self.tally.disagreements += 1
                self._complain(f"typists {differing} differ from the store in {document_id}")
            self._count_at_the_end(stored, document_id)
        self.tally.made += sum(typist.made for typist in self.typists)
        self.tally.acknowledged += self._acknowledged()
        self.tally.resets += sum(len(typist.resets) for typist in self.typists)
        for typist in self.typists:
            if typist.resets:
                self._complain(f"typist {typist.number} was reset, told {typist.refusals[-3:]}")

    async def _settled(self) -> bool:
        def is_settled() -> bool:
            first = self.typists[0]
            return all(
                typist.unacknowledged == 0
                and all(typist.replica.is_synced(i) and typist.text(i) == first.text(i) for i in self._document_ids())
                for typist in self.typists
            )

        try:
            await self._until(is_settled, "all agree", _AGREE_SECONDS)
        except TimeoutError:
            open_edits = [typist.unacknowledged for typist in self.typists]
            lengths = [[len(typist.text(i)) for typist in self.typists] for i in self._document_ids()]
            self._complain(f"no agreement: unacknowledged {open_edits}, lengths {lengths}, hub says:")
            self.tally.complaints.append(self.place.hub.stderr()[-1500:])
            return False
        return True

    def _count_at_the_end(self, stored: str, document_id: DocumentId) -> None:
        for typist in self.typists:
            for sheet in typist.sheets.values():
                if sheet.document_id != document_id:
                    continue
                removed = {mark for mark, is_typed in sheet.marks if not is_typed}
                for mark, is_typed in sheet.marks:
                    if is_typed and mark not in removed:
                        count = stored.count(mark)
                        self.tally.missing_at_the_end += count == 0
                        self.tally.doubled += count > 1

    def _document_ids(self) -> list[DocumentId]:
        return sorted({document_id for typist in self.typists for document_id in typist.sheets})

    def _acknowledged(self) -> int:
        return sum(typist.acknowledged for typist in self.typists)

    def _complain(self, sentence: str) -> None:
        kills = sum(self.tally.kills.values())
        if len(self.tally.complaints) < 30:
            self.tally.complaints.append(f"after kill {kills}, room {self.room_id}: {sentence}")

    async def _until(self, holds: Callable[[], bool], what: str, seconds: float = _PROGRESS_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {seconds:g} s in vain until {what} (seed {self.tally.seed})")
            await asyncio.sleep(0.01)
