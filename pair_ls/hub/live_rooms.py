"""The rooms that are awake. A room is woken once however many come at once, and sleeps when nobody needs it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from pair_ls.errors import UnknownRoom
from pair_ls.hub.commits import Commits
from pair_ls.hub.counters import Counters
from pair_ls.hub.live_room import LiveRoom
from pair_ls.hub.rights import NO_SUCH_ROOM, Rights
from pair_ls.room.limits import RoomLimits
from pair_ls.storage import Store

IDLE_SECONDS = 30.0
LOOK_SECONDS = 10.0


class LiveRooms:
    """A table of rooms, and of rooms that are being woken."""

    def __init__(
        self,
        store: Store,
        commits: Commits,
        counters: Counters,
        limits: RoomLimits,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._store = store
        self._commits = commits
        self._counters = counters
        self._limits = limits
        self._spawn = spawn
        self._awake: dict[str, LiveRoom] = {}
        self._deleted: set[str] = set()
        self._waking: dict[str, asyncio.Task[LiveRoom]] = {}

    def __len__(self) -> int:
        return len(self._awake)

    def __iter__(self) -> Iterator[LiveRoom]:
        return iter(list(self._awake.values()))

    def find(self, room_id: str) -> LiveRoom | None:
        """The room, if it is awake."""
        live = self._awake.get(room_id)
        if live is not None and live.is_broken:
            del self._awake[room_id]
            return None
        return live

    async def wake(self, room_id: str) -> LiveRoom:
        """The room, awake. Raises UnknownRoom, or StoreUnavailable when it cannot be known."""
        if room_id in self._deleted:
            raise UnknownRoom(NO_SUCH_ROOM)
        live = self.find(room_id)
        if live is not None:
            return live
        waking = self._waking.get(room_id)
        if waking is None:
            waking = self._waking[room_id] = asyncio.create_task(self._wake(room_id))
            waking.add_done_callback(lambda _: self._waking.pop(room_id, None))
        return await asyncio.shield(waking)

    async def _wake(self, room_id: str) -> LiveRoom:
        record = await self._store.rooms.room(room_id)
        if record is None:
            raise UnknownRoom(NO_SUCH_ROOM)
        invites = await self._store.rooms.invites(room_id)
        participants = await self._store.rooms.participants(room_id)
        if room_id in self._deleted:
            raise UnknownRoom(NO_SUCH_ROOM)
        live = LiveRoom(
            record,
            Rights(record, invites, participants),
            updates=self._store.updates,
            commits=self._commits,
            counters=self._counters,
            limits=self._limits,
            spawn=self._spawn,
        )
        self._awake[room_id] = live
        return live

    def let_sleep(self, now: float) -> None:
        """Called now and then: rooms that have been idle for a while are dropped. No await: nobody can come between."""
        for live in self:
            try:
                self._look_after(live, now)
            except Exception:  # the edge of a room: the others are looked at all the same
                if not live.is_broken:
                    live.break_off()

    def _look_after(self, live: LiveRoom, now: float) -> None:
        live.sweep(now)
        if live.connections or not live.room.is_idle or live.is_busy:
            live.idle_since = None
            if now >= live.look_at:
                live.look_at = now + LOOK_SECONDS
                live.unload_unused(now)
        elif live.idle_since is None:
            live.idle_since = now
        elif now - live.idle_since >= IDLE_SECONDS:
            del self._awake[live.room_id]
            live.fall_asleep()

    def forget(self, room_id: str) -> None:
        """The room is being deleted; it is not woken until `forgotten`."""
        self._deleted.add(room_id)
        self._awake.pop(room_id, None)

    def forgotten(self, room_id: str) -> None:
        """The store has deleted it, or could not; from now on the store's word holds."""
        self._deleted.discard(room_id)

    def sleep_all(self) -> None:
        """At the end of the hub: leave checkpoints."""
        for live in self:
            live.fall_asleep()
        self._awake.clear()
