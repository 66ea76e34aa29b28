"""Answers worth keeping: found again when the text around the cursor is the same, or has grown by what they propose.

An answer is tied to the text just before and just behind its cursor, not to an offset, so it survives edits elsewhere
in the document and in others. Pure.
"""

from collections import OrderedDict
from dataclasses import dataclass

from pair_ls.completion.candidate import Candidate

_TAIL = 400
_HEAD = 160


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor, by what is around it."""

    uri: str
    tail: str
    head: str

    def typed_since(self, prefix: str, text: str) -> str | None:
        """How far `text` has been typed from here to the end of `prefix`: "" for not at all, None if elsewhere."""
        if len(self.tail) < _TAIL:  # it is all that stood before the cursor
            typed = prefix[len(self.tail) :]
            return typed if prefix.startswith(self.tail) and text.startswith(typed) else None
        at = prefix.find(self.tail, max(0, len(prefix) - len(text) - _TAIL))
        while at >= 0:
            typed = prefix[at + _TAIL :]
            if text.startswith(typed):
                return typed
            at = prefix.find(self.tail, at + 1)
        return None


def place_of(uri: str, prefix: str, suffix: str) -> Place:
    return Place(uri, prefix[-_TAIL:], suffix[:_HEAD])


@dataclass(frozen=True, slots=True)
class _Entry:
    place: Place
    candidates: tuple[Candidate, ...]  # empty: asked, and there is nothing to offer
    at: float


class AnswerCache:
    """The last answers of one user. `now` is in seconds."""

    def __init__(self, *, most: int = 200, seconds: float = 600.0) -> None:
        self._most, self._seconds = most, seconds
        self._entries: OrderedDict[tuple[str, str, str], _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, place: Place, candidates: tuple[Candidate, ...], now: float) -> None:
        key = (place.uri, place.tail, place.head)
        self._entries.pop(key, None)
        self._entries[key] = _Entry(place, candidates, now)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def find(self, uri: str, prefix: str, suffix: str, now: float) -> tuple[Candidate, ...] | None:
        """What is left to offer here; () if we know that there is nothing, None if we do not know."""
        head = suffix[:_HEAD]
        for entry in reversed(self._entries.values()):
            if now - entry.at > self._seconds:
                break
            if entry.place.head != head or entry.place.uri != uri:
                continue
            left = _left(entry, prefix)
            if left is not None:
                return left
        return None

    def forget(self, uri: str) -> None:
        for key in [key for key in self._entries if key[0] == uri]:
            del self._entries[key]


def _left(entry: _Entry, prefix: str) -> tuple[Candidate, ...] | None:
    if not entry.candidates:
        return () if entry.place.typed_since(prefix, "") is not None else None
    found = []
    for candidate in entry.candidates:
        typed = entry.place.typed_since(prefix, candidate.text)
        if typed is not None and len(typed) < len(candidate.text):
            found.append(rest_of(candidate, typed))
    return tuple(found) or None


def rest_of(candidate: Candidate, typed: str) -> Candidate:
    """The candidate after `typed` of it has been typed."""
    if not typed:
        return candidate
    return Candidate(
        candidate.text[len(typed) :],
        candidate.confidence,
        candidate.source,
        candidate.kind,
        0,
        candidate.replace_after,
    )
