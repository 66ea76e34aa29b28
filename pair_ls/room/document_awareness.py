"""Who is where in one document: the hub takes each connection's own awareness state, stamps it, passes it on.

A connection speaks for one Yjs client id, the first that it uses, until it takes its state away. Stock clients also
send back what they were sent about others, and that they think others gone; such echoes are ignored. To speak for
another's id is refused. The hub gives the clocks that others see, so a client can neither silence another nor itself.
Pure, nothing is ever stored.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pair_ls.crdt.awareness import (
    OUTDATED_SECONDS,
    AwarenessEntry,
    AwarenessLimits,
    check_awareness,
    encode_states,
    state_to_json,
)
from pair_ls.errors import NotAllowed
from pair_ls.room.ids import ConnectionId

State = dict[str, Any]  # JSON: what stands in it, besides `user`, is the clients' own business

_NOBODY = ConnectionId(-1)
_LARGEST_FIRST_CLOCK = 1 << 24
_MOST_FORGOTTEN = 4096
_MOST_AT_ONCE = 256  # in one message; what older replicas take
_MOST_IDS = 256  # of one connection, one after the other
_GONE = state_to_json(None)


class _Known:
    """One Yjs client id. `heard` is the client's own clock, `told` the one that others were given.

    `json` is its stamped state as it is sent: it is sent often, read seldom, and takes a fifth of the space.
    """

    __slots__ = ("at", "connection", "heard", "json", "told")

    def __init__(self, connection: ConnectionId, heard: int, told: int, json: bytes, at: float) -> None:
        self.connection = connection
        self.heard = heard
        self.told = told
        self.json = json
        self.at = at

    @property
    def is_there(self) -> bool:
        return self.json is not _GONE

    @property
    def state(self) -> State | None:
        return parse_state(self.json)


class News(NamedTuple):
    """An awareness update for all but one connection (None: for all), and the states in it as JSON."""

    data: bytes
    but: ConnectionId | None
    states: tuple[bytes, ...]


def parse_state(text: bytes) -> State | None:
    """A state of `News`; None: gone."""
    state: State | None = json.loads(text)
    return state


class DocumentAwareness:
    """`is_changed` says that `take_news` has something to send."""

    __slots__ = ("_changed", "_known", "_own", "_taken", "_unrenewed")

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._own: dict[ConnectionId, int] = {}
        self._taken: dict[ConnectionId, int] = {}  # how many ids a connection has used
        # An empty dictionary takes a third of the space of an empty set, and most of these stay empty.
        self._unrenewed: dict[ConnectionId, None] = {}
        self._changed: dict[int, None] = {}

    @property
    def is_changed(self) -> bool:
        """Whether others are to be told something."""
        return bool(self._changed)

    def receive(
        self,
        connection: ConnectionId,
        data: bytes,
        *,
        limits: AwarenessLimits,
        participant_id: str,
        may_use: Callable[[int], bool],
        stamp: Callable[[State], State],
        now: float,
    ) -> None:
        """What a connection says. `may_use`: is a Yjs client id free for it? Raises RefusedBytes or NotAllowed."""
        for entry in check_awareness(data, limits):
            if self._speaks_for(connection, entry, participant_id, may_use):
                self._hear(connection, entry, stamp, now)
                if entry.state is None:
                    del self._own[connection]  # it may come back with another id, when it opens the document anew

    def put(self, connection: ConnectionId, client_id: int, state: State | None, now: float) -> None:
        """A state that the hub keeps up for a connection; nobody needs to renew it."""
        self._own[connection] = client_id
        self._unrenewed[connection] = None
        known = self._known.get(client_id)
        if state is None and known is None:
            return
        self._hear(connection, AwarenessEntry(client_id, known.heard + 1 if known else 1, state), lambda s: s, now)

    def restamp(self, connection: ConnectionId, stamp: Callable[[State], State]) -> None:
        """The participant's name, color or role is another now."""
        client_id = self._own.get(connection)
        known = None if client_id is None else self._known.get(client_id)
        state = None if known is None else known.state
        if client_id is not None and known is not None and state is not None:
            known.json = state_to_json(stamp(state))
            self._tell(client_id, known)

    def leave(self, connection: ConnectionId) -> None:
        """The connection is gone, and with it its state."""
        client_id = self._own.pop(connection, None)
        self._unrenewed.pop(connection, None)
        self._taken.pop(connection, None)
        known = None if client_id is None else self._known.get(client_id)
        if client_id is not None and known is not None and known.connection == connection and known.is_there:
            known.json = _GONE
            known.connection = _NOBODY
            self._changed[client_id] = None

    def expire(self, now: float) -> None:
        """Takes away what was not renewed in time, renews what the hub keeps up, forgets who left long ago."""
        for client_id, known in self._known.items():
            if not known.is_there:
                continue
            if known.connection in self._unrenewed:
                if now - known.at >= OUTDATED_SECONDS / 2:
                    known.at = now
                    self._tell(client_id, known)
            elif now - known.at >= OUTDATED_SECONDS:
                known.json = _GONE
                self._changed[client_id] = None
        if len(self._known) > _MOST_FORGOTTEN:
            gone = [i for i, known in self._known.items() if not known.is_there and i not in self._changed]
            for client_id in gone[: len(self._known) - _MOST_FORGOTTEN]:
                del self._known[client_id]

    @property
    def wake_at(self) -> float:
        """When `expire` has something to do."""
        return min(
            (
                known.at + (OUTDATED_SECONDS / 2 if known.connection in self._unrenewed else OUTDATED_SECONDS)
                for known in self._known.values()
                if known.is_there
            ),
            default=float("inf"),
        )

    def drop_news(self) -> None:
        """Nobody is there who wants them."""
        self._changed.clear()

    def take_news(self) -> list[News]:
        """What has changed since the last time. Nobody is sent its own state: that would undo newer ones."""
        changed, self._changed = self._changed, {}
        spoken = [i for i in changed if self._known[i].connection != _NOBODY]
        news = [self._news((i,), self._known[i].connection) for i in spoken]
        gone = [i for i in changed if self._known[i].connection == _NOBODY]
        return [*news, *(self._news(tuple(some), None) for some in _batches(gone))]

    def encode_all(self, but: ConnectionId) -> list[bytes]:
        """All states but this connection's own, for one who joins.

        With new clocks: who comes back has dropped all states, but y-protocols keeps the clocks that it has seen.
        """
        own = self._own.get(but)
        there = [i for i, known in self._known.items() if known.is_there and i != own]
        for client_id in there:
            self._known[client_id].told += 1
        return [self._encode(some) for some in _batches(there)]

    def state_of(self, connection: ConnectionId) -> State | None:
        """The stamped state of one connection."""
        client_id = self._own.get(connection)
        return None if client_id is None or client_id not in self._known else self._known[client_id].state

    def states(self) -> list[tuple[ConnectionId, State]]:
        """All stamped states."""
        states = ((known.connection, known.state) for known in self._known.values())
        return [(connection, state) for connection, state in states if state is not None]

    def _speaks_for(
        self, connection: ConnectionId, entry: AwarenessEntry, participant_id: str, may_use: Callable[[int], bool]
    ) -> bool:
        own = self._own.get(connection)
        if own is not None and own == entry.client_id:
            return self._known[own].connection == connection
        known = self._known.get(entry.client_id)
        if known is not None and known.connection != connection and known.is_there:
            if entry.state is None or entry.clock <= known.told:
                return False  # an echo
            if own is not None or not may_use(entry.client_id):
                raise NotAllowed("Awareness under another participant's client id is refused.", code="awareness-author")
        if own is not None or entry.state is None or _stamped_for(entry.state) not in (None, participant_id):
            return False  # an echo of somebody who has left since, or a second id
        if not may_use(entry.client_id):
            raise NotAllowed("Awareness under another participant's client id is refused.", code="awareness-author")
        if self._taken.get(connection, 0) >= _MOST_IDS:
            raise NotAllowed(f"A connection uses at most {_MOST_IDS} awareness client ids.", code="awareness-author")
        self._taken[connection] = self._taken.get(connection, 0) + 1
        self._own[connection] = entry.client_id
        return True

    def _hear(
        self, connection: ConnectionId, entry: AwarenessEntry, stamp: Callable[[State], State], now: float
    ) -> None:
        state = _GONE if entry.state is None else state_to_json(stamp(entry.state))
        known = self._known.get(entry.client_id)
        if known is None:
            told = min(max(entry.clock, 1), _LARGEST_FIRST_CLOCK)
            self._known[entry.client_id] = _Known(connection, entry.clock, told, state, now)
            self._changed[entry.client_id] = None
            return
        is_back = not known.is_there or known.connection != connection
        if entry.clock < known.heard and not is_back:
            return
        if entry.clock == known.heard and known.json == state:
            return
        known.connection, known.heard, known.json, known.at = connection, entry.clock, state, now
        self._tell(entry.client_id, known)

    def _tell(self, client_id: int, known: _Known) -> None:
        known.told += 1
        self._changed[client_id] = None

    def _news(self, client_ids: tuple[int, ...], but: ConnectionId | None) -> News:
        return News(self._encode(client_ids), but, tuple(self._known[client_id].json for client_id in client_ids))

    def _encode(self, client_ids: Iterable[int]) -> bytes:
        known = self._known
        return encode_states((i, known[i].told, known[i].json) for i in client_ids)


def _batches(client_ids: list[int]) -> list[list[int]]:
    return [client_ids[at : at + _MOST_AT_ONCE] for at in range(0, len(client_ids), _MOST_AT_ONCE)]


def _stamped_for(state: State) -> str | None:
    user = state.get("user")
    stamped = user.get("participantId") if isinstance(user, dict) else None
    return stamped if isinstance(stamped, str) else None
