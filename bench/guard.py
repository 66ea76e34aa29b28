"""What the guard and the shared documents cost: time per keystroke, whole documents, anchors, memory.

python -m bench.guard
"""

import os
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.guard_limits import STORED
from pair_ls.crdt.native import NativeDocument
from pair_ls.crdt.schema import CONTENT, ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.update_guard import UpdateGuard
from pair_ls.text.edit import Edit

_KEYSTROKES = 20_000
_WRITER = ClientId(0x9ABCDEF1)
_ANN = "p:0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Session:
    """What one person did, as updates, and the document that came of it."""

    title: str
    updates: Sequence[bytes]
    writer: SharedText


def main() -> None:
    """Prints the table."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; microseconds of CPU each, the best of five rounds")
    print(f"{'':58}{'guard':>8}{'target':>8}{'apply':>8}{'native':>8}{'merge':>8}")
    for session in (_typing("x"), _typing("é"), _typing("😀"), _scattered(), _erasing(), _after_an_emoji()):
        _print_session(session)
    _print_whole(_scattered())
    _print_anchors("x")
    _print_anchors("é")
    _print_memory()


def _typing(letter: str) -> Session:
    writer = SharedText(_WRITER)
    updates = [writer.edit([Edit(at, at, letter)], now=at / 10) for at in range(_KEYSTROKES)]
    return Session(f"typing {letter} at the end", updates, writer)


def _scattered() -> Session:
    dice, writer = random.Random(1), SharedText(_WRITER)
    updates = []
    for length in range(_KEYSTROKES // 4):
        at = dice.randrange(length + 1)
        updates.append(writer.edit([Edit(at, at, "x")], now=length / 10))
    return Session("inserting x at random places", updates, writer)


def _erasing() -> Session:
    dice, writer = random.Random(1), SharedText(_WRITER)
    updates = [writer.edit([Edit(0, 0, "x" * _KEYSTROKES)])]
    for length in range(_KEYSTROKES, _KEYSTROKES * 3 // 4, -1):
        at = dice.randrange(length)
        updates.append(writer.edit([Edit(at, at + 1, "")], now=length / 10))
    return Session("deleting one at random places", updates, writer)


def _after_an_emoji() -> Session:
    writer = SharedText(_WRITER)
    updates = [writer.edit([Edit(0, 0, "😀")])]
    updates += [writer.edit([Edit(at, at, "x")], now=at / 10) for at in range(1, _KEYSTROKES)]
    return Session("typing x in a text with an emoji", updates, writer)


def _print_session(session: Session) -> None:
    costs = [_per_update(session.updates, run) for run in (_guard, _apply, _native, _merge)]
    target = f"{6:8g} {'ok' if costs[0] <= 6 else 'OVER'}"
    print(f"{session.title:58}{costs[0]:8.2f}{target}" + "".join(f"{cost:8.2f}" for cost in costs[1:]), flush=True)


def _per_update(updates: Sequence[bytes], run: Callable[[Sequence[bytes]], None]) -> float:
    return min(_cpu_seconds(lambda: run(updates)) for _ in range(5)) / len(updates) * 1e6


def _cpu_seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def _guard(updates: Sequence[bytes]) -> None:
    guard = UpdateGuard(DocumentKind.TEXT)
    for update in updates:
        guard.commit(guard.check(update, author=_ANN))


def _apply(updates: Sequence[bytes]) -> None:
    document = SharedDocument(client_id=ClientId(1), kind=DocumentKind.TEXT)
    for update in updates:
        document.apply(update, author=_ANN)


def _native(updates: Sequence[bytes]) -> None:
    document = NativeDocument(1, text_root=CONTENT)
    for update in updates:
        document.apply(update)


def _merge(updates: Sequence[bytes]) -> None:
    shared = SharedText(ClientId(1))
    for update in updates:
        shared.merge(update)


def _print_whole(session: Session) -> None:
    document = session.writer.document
    whole = document.update_since()
    guard = UpdateGuard(DocumentKind.TEXT)
    checked = guard.check(whole, limits=STORED)
    guard.commit(checked)
    newcomer = SharedDocument(client_id=ClientId(1), kind=DocumentKind.TEXT)
    print(f"\na document of {len(session.updates)} scattered edits, {len(whole)} bytes: milliseconds")
    for title, call in (
        ("guard alone", lambda: UpdateGuard(DocumentKind.TEXT).check(whole, limits=STORED)),
        ("guard, said again", lambda: guard.check(whole, limits=STORED)),
        ("load", lambda: newcomer.load([(whole, None)])),
        ("encode", document.update_since),
        ("checkpoint", document.checkpoint),
        ("content hash", document.content_hash),
    ):
        print(f"  {title:56}{_cpu_seconds(call) * 1e3:8.2f}")


def _print_anchors(letter: str) -> None:
    dice, shared = random.Random(1), SharedText(_WRITER)
    for length in range(2_000):
        at = dice.randrange(length + 1)
        shared.edit([Edit(at, at, letter)])
    offsets = [dice.randrange(2_000) for _ in range(1_000)]
    first = _cpu_seconds(lambda: anchor_at(shared, 0))
    anchors = [anchor_at(shared, offset) for offset in offsets]
    make = _cpu_seconds(lambda: [anchor_at(shared, offset) for offset in offsets]) * 1e3
    resolve = _cpu_seconds(lambda: [offset_of(shared, anchor) for anchor in anchors]) * 1e3
    title = f"anchors in a text of 2,000 scattered {letter}: us"
    print(f"\n{title:58} make {make:.1f}, resolve {resolve:.1f}, the first {first * 1e6:.0f}")


def _print_memory() -> None:
    print("\nbytes that the guard keeps")
    for title, session in (
        ("20,000 keystrokes at the end", _typing("x")),
        ("20,000 emoji", _typing("😀")),
        ("5,000 scattered deletions", _erasing()),
    ):
        tracemalloc.start()
        guard = UpdateGuard(DocumentKind.TEXT)
        before = tracemalloc.get_traced_memory()[0]
        for update in session.updates:
            guard.commit(guard.check(update, author=_ANN))
        kept = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        print(f"  {title:56}{kept:8}")


if __name__ == "__main__":
    main()
