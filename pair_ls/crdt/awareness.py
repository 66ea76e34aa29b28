"""Awareness: short-lived facts about participants (name, colour, cursor), never stored. See y-protocols awareness.js.

A state belongs to a Yjs client id and has a clock; the higher clock wins, a null state says that the client left, and a
state that is not renewed within 30 s is dropped. Pure: `now` is seconds on any steady clock.
"""

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pair_ls.crdt.encoding import malformed, read_var_string, read_var_uint, write_var_bytes, write_var_uint
from pair_ls.crdt.foreign_json import parse_foreign_json
from pair_ls.errors import RefusedBytes

State = dict[str, Any]
"""One client's JSON object. Any: what stands in it is the clients' own business."""

OUTDATED_SECONDS = 30.0
_LARGEST_CLOCK = 2**31 - 1
_LARGEST_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class AwarenessLimits:
    """What one awareness message, and what all of them together, may hold at most."""

    max_state_bytes: int = 4096
    max_entries: int = 256
    max_clients: int = 4096


DEFAULT_LIMITS = AwarenessLimits()

FROM_HUB = AwarenessLimits(max_state_bytes=1 << 20, max_entries=4096)
"""What a replica takes: states that passed the limit of some hub, and have grown by what it stamps on them."""


@dataclass(frozen=True, slots=True)
class AwarenessEntry:
    """One client's state in a message; None: the client left."""

    client_id: int
    clock: int
    state: State | None


@dataclass(frozen=True, slots=True)
class AwarenessChanges:
    """Client ids, by what a message did to their states; `renewed` ones only said that they are still there."""

    added: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    renewed: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


class _Change(enum.Enum):
    """In the order of the fields of AwarenessChanges."""

    ADDED = enum.auto()
    UPDATED = enum.auto()
    RENEWED = enum.auto()
    REMOVED = enum.auto()


@dataclass(slots=True)
class _Known:
    clock: int
    at: float
    state: State | None


def check_awareness(data: bytes, limits: AwarenessLimits = DEFAULT_LIMITS) -> tuple[AwarenessEntry, ...]:
    """The entries of a foreign awareness update; all of them are good, or RefusedBytes is raised."""
    count, at = read_var_uint(data, 0)
    if count > limits.max_entries:
        raise RefusedBytes(
            f"Awareness refused: {count} states, at most {limits.max_entries}.", code="awareness-too-many"
        )
    entries = []
    for _ in range(count):
        client_id, at = read_var_uint(data, at)
        clock, at = read_var_uint(data, at, _LARGEST_CLOCK)
        text, at = read_var_string(data, at)
        if len(text) > limits.max_state_bytes or len(text.encode()) > limits.max_state_bytes:
            raise RefusedBytes(
                f"Awareness refused: a state has more than {limits.max_state_bytes} bytes.", code="awareness-too-large"
            )
        entries.append(AwarenessEntry(client_id, clock, _parse(text)))
    if at != len(data):
        raise malformed("bytes follow an awareness update")
    return tuple(entries)


def encode_awareness(entries: Iterable[AwarenessEntry]) -> bytes:
    """The inverse of `check_awareness`."""
    return encode_states((entry.client_id, entry.clock, state_to_json(entry.state)) for entry in entries)


def encode_states(states: Iterable[tuple[int, int, bytes]]) -> bytes:
    """The same of (client id, clock, what `state_to_json` gave)."""
    encoded = [
        write_var_uint(client) + write_var_uint(clock) + write_var_bytes(state) for client, clock, state in states
    ]
    return write_var_uint(len(encoded)) + b"".join(encoded)


class Awareness:
    """The states that one end knows. `client_id` is the own one; None at the hub, which has no state of its own."""

    __slots__ = ("_client_id", "_known", "_limits")

    def __init__(self, client_id: int | None = None, limits: AwarenessLimits = DEFAULT_LIMITS) -> None:
        self._client_id = client_id
        self._limits = limits
        self._known: dict[int, _Known] = {}

    @property
    def states(self) -> Mapping[int, State]:
        """client id -> state, of all who are there."""
        return {client_id: known.state for client_id, known in self._known.items() if known.state is not None}

    def set_local(self, state: State | None, now: float) -> bytes:
        """Sets the own state (None: we leave); gives the awareness update to send."""
        if self._client_id is None:
            raise ValueError("an awareness without a client id has no state of its own")
        before = self._known.get(self._client_id)
        self._known[self._client_id] = _Known(before.clock + 1 if before else 1, now, state)
        return self.encode((self._client_id,))

    def renew(self, now: float) -> bytes | None:
        """The awareness update that keeps the own state alive, when it is due (after half the 30 s)."""
        own = self._known.get(self._client_id) if self._client_id is not None else None
        if own is None or own.state is None or now - own.at < OUTDATED_SECONDS / 2:
            return None
        return self.set_local(own.state, now)

    def merge(self, data: bytes, now: float) -> AwarenessChanges:
        """A foreign awareness update. Raises RefusedBytes, and then nothing is changed."""
        return self.take(check_awareness(data, self._limits), now)

    def take(self, entries: Iterable[AwarenessEntry], now: float) -> AwarenessChanges:
        """Entries that have been checked (and perhaps stamped by the hub)."""
        entries = tuple(entries)
        for entry in entries:
            self._check_clock(entry)
        by_kind: dict[_Change, list[int]] = {kind: [] for kind in _Change}
        for entry in entries:
            change = self._take(entry, now)
            if change is not None:
                by_kind[change].append(entry.client_id)
        return AwarenessChanges(*map(tuple, by_kind.values()))

    def encode(self, client_ids: Iterable[int] | None = None) -> bytes:
        """The awareness update that tells these clients' states; without ids, of all who are there."""
        ids = self.states if client_ids is None else client_ids
        known = ((client_id, self._known.get(client_id)) for client_id in ids)
        return encode_awareness(AwarenessEntry(client_id, k.clock, k.state) for client_id, k in known if k is not None)

    def remove(self, client_ids: Iterable[int], now: float) -> bytes | None:
        """Takes states away (their connection is gone); gives the awareness update that tells the others, if any."""
        gone = [client_id for client_id in client_ids if client_id in self.states]
        for client_id in gone:
            self._known[client_id] = _Known(self._known[client_id].clock, now, None)
        return self.encode(gone) if gone else None

    def expire(self, now: float) -> tuple[int, ...]:
        """Drops states not renewed for 30 s and gives their ids; also forgets clients that left that long ago."""
        old = [i for i, known in self._known.items() if i != self._client_id and now - known.at >= OUTDATED_SECONDS]
        removed = tuple(client_id for client_id in old if self._known[client_id].state is not None)
        for client_id in old:
            del self._known[client_id]
        return removed

    def _take(self, entry: AwarenessEntry, now: float) -> _Change | None:
        before = self._known.get(entry.client_id)
        if not _is_newer(entry, before) or (before is None and not self._has_room(entry)):
            return None
        state_before = before.state if before is not None else None
        if entry.state is None and entry.client_id == self._client_id and state_before is not None:
            # y-protocols: nobody else removes our own state; the higher clock tells them that we are still here.
            self._known[entry.client_id] = _Known(entry.clock + 1, now, state_before)
            return _Change.UPDATED
        self._known[entry.client_id] = _Known(entry.clock, now, entry.state)
        if entry.state is None:
            return _Change.REMOVED if state_before is not None else None
        if state_before is None:
            return _Change.ADDED
        return _Change.RENEWED if state_before == entry.state else _Change.UPDATED

    def _check_clock(self, entry: AwarenessEntry) -> None:
        """A huge clock would silence its client for good: no later state of its own would win."""
        known = self._known.get(entry.client_id)
        if known is not None and entry.clock - known.clock >= _LARGEST_STEP:
            raise RefusedBytes("Awareness refused: a clock jumps too far.", code="awareness-clock")

    def _has_room(self, entry: AwarenessEntry) -> bool:
        return entry.state is not None and len(self._known) < self._limits.max_clients


def _is_newer(entry: AwarenessEntry, before: _Known | None) -> bool:
    """y-protocols: a higher clock wins; at the same clock a removal wins over a state. An unknown client is at 0."""
    if before is None:
        return entry.clock > 0
    return entry.clock > before.clock or (
        entry.clock == before.clock and entry.state is None and before.state is not None
    )


def _parse(text: str) -> State | None:
    try:
        state = parse_foreign_json(text)
    except ValueError as error:
        raise RefusedBytes("Awareness refused: a state is not plain JSON.", code="awareness-malformed") from error
    if state is not None and not isinstance(state, dict):
        raise RefusedBytes("Awareness refused: a state must be an object or null.", code="awareness-malformed")
    return state


def state_to_json(state: State | None) -> bytes:
    """A state as it stands in an awareness update."""
    return json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
