"""Throws hostile updates, state vectors and awareness at the guard and at native code behind it; all counts must be 0.

    python -m bench.fuzz_guard --inputs 1000000 [--seed 1] [--jobs 1]
    python -m bench.fuzz_guard --inputs 2000 --without-guard      (must kill: shows that these inputs are dangerous)

Inputs run in child processes with 1 GiB of memory and 8 s each; a child that dies is replaced and its input noted.
"""

import argparse
import collections
import concurrent.futures
import json
import mmap
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pycrdt

from bench import hostile_updates
from bench.hostile_updates import Base, Grammar, mutate
from pair_ls.crdt.awareness import Awareness
from pair_ls.crdt.schema import CONTENT, DOCUMENTS, ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.crdt.shared_map import SharedIndex
from pair_ls.crdt.shared_text import SharedText
from pair_ls.crdt.state_vector import check_state_vector
from pair_ls.errors import MissingUpdates, RefusedBytes
from pair_ls.text.edit import Edit, apply_edits

BATCH = 20_000
SECONDS_PER_INPUT = 8.0
MEMORY_BYTES = 1 << 30


class Wrong(Exception):
    """Native code took an input and something that must hold does not."""


@dataclass
class Findings:
    """What a worker saw."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    wrong: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    slowest: str = ""
    memory_kib: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code says whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz_guard", description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--without-guard", action="store_true")
    parser.add_argument("--worker", nargs=3, metavar=("START", "COUNT", "PROGRESS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        start, count, progress = options.worker
        _work(options.seed, int(start), int(count), progress, with_guard=not options.without_guard)
        return 0
    return _drive(options)


def _drive(options: argparse.Namespace) -> int:
    began = time.monotonic()
    total = Findings()
    deaths: list[str] = []
    batches = [(at, min(BATCH, options.inputs - at)) for at in range(0, options.inputs, BATCH)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for findings, died in pool.map(lambda batch: _run_batch(options, *batch), batches):
            _add(total, findings)
            deaths += died
    took = time.monotonic() - began
    print(f"seed {options.seed}: {options.inputs} inputs in {took:.0f} s, {options.inputs / took:.0f}/s")
    for name, count in sorted(total.counts.items()):
        print(f"  {name}: {count}")
    print(f"  memory of a child: at most {total.memory_kib // 1024} MiB")
    print(f"  slowest input: {total.slowest_seconds * 1e3:.1f} ms, {total.slowest[:200]}")
    print(f"deaths and hangs: {len(deaths)}; panics, escapes and wrong reloads: {len(total.wrong)}")
    for line in (*deaths[:20], *total.wrong[:20]):
        print("  " + line[:1_000])
    return 1 if deaths or total.wrong else 0


def _run_batch(options: argparse.Namespace, start: int, count: int) -> tuple[Findings, list[str]]:
    """One batch, in as many children as it kills."""
    findings, deaths, end = Findings(), [], start + count
    with tempfile.NamedTemporaryFile() as progress:
        progress.truncate(1 << 21)
        while start < end:
            command = [sys.executable, "-m", "bench.fuzz_guard", "--seed", str(options.seed)]
            command += ["--without-guard"] if options.without_guard else []
            command += ["--worker", str(start), str(end - start), progress.name]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
            if done.returncode == 0:
                _add(findings, Findings(**json.loads(done.stdout.splitlines()[-1])))
                break
            with open(progress.name, "rb") as noted:
                at, size = struct.unpack("<qq", noted.read(16))
                data = noted.read(size)
            deaths.append(f"input {at} ended a child with {done.returncode}: {data.hex()} {done.stderr[-300:]!r}")
            start = max(at, start) + 1
    return findings, deaths


def _add(total: Findings, part: Findings) -> None:
    total.counts.update(part.counts)
    total.wrong += part.wrong
    total.memory_kib = max(total.memory_kib, part.memory_kib)
    if part.slowest_seconds > total.slowest_seconds:
        total.slowest_seconds, total.slowest = part.slowest_seconds, part.slowest


def _work(seed: int, start: int, count: int, progress: str, *, with_guard: bool) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fuzz = Fuzz(with_guard=with_guard)
    findings = Findings()
    with open(progress, "r+b") as file, mmap.mmap(file.fileno(), 0) as note:
        for number in range(start, start + count):
            dice = random.Random((seed << 32) + number)
            kind, data = fuzz.choose(dice)
            note[:16] = struct.pack("<qq", number, len(data))
            note[16 : 16 + len(data)] = data
            signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_INPUT)  # its default action ends even native code
            began = time.process_time()
            outcome = fuzz.outcome(kind, data, dice)
            took = time.process_time() - began
            signal.setitimer(signal.ITIMER_REAL, 0)
            findings.counts[f"{kind}: {outcome.split('|')[0]}"] += 1
            if "|" in outcome:
                findings.wrong.append(f"input {number} {kind} {outcome} {data.hex()}")
            if took > findings.slowest_seconds:
                findings.slowest_seconds, findings.slowest = took, f"{kind} {outcome} {data.hex()}"
    findings.memory_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(findings.__dict__))


class Fuzz:
    """Builds inputs and says what became of one."""

    def __init__(self, *, with_guard: bool) -> None:
        self._text = hostile_updates.text_base()
        self._index = hostile_updates.index_base()
        self._grammars = {base.kind: Grammar(base) for base in (self._text, self._index)}
        self._standing = {base.kind: _loaded(base) for base in (self._text, self._index)}
        self._state_vectors = hostile_updates.state_vectors(self._text)
        self._awareness = hostile_updates.awareness_updates()
        self._with_guard = with_guard

    def choose(self, dice: random.Random) -> tuple[str, bytes]:
        """(kind, input)."""
        chance = dice.random()
        if chance < 0.3:
            return "text, mutated", mutate(dice, self._text.updates)
        if chance < 0.65:
            return "text, by grammar", self._grammars[DocumentKind.TEXT].build(dice)
        if chance < 0.72:
            return "index, mutated", mutate(dice, self._index.updates)
        if chance < 0.82:
            return "index, by grammar", self._grammars[DocumentKind.INDEX].build(dice)
        if chance < 0.91:
            return "state vector", mutate(dice, self._state_vectors)
        return "awareness", mutate(dice, self._awareness)

    def outcome(self, kind: str, data: bytes, dice: random.Random) -> str:
        """One word, or with a "|" what went wrong."""
        run: Callable[[str, bytes, random.Random], str] = self._guarded if self._with_guard else self._bare
        try:
            return run(kind, data, dice)
        except RefusedBytes as error:
            return "refused " + error.code
        except MissingUpdates:
            return "a gap"
        except BaseException as error:  # whatever else leaves is a finding
            return f"wrong|{type(error).__name__}: {str(error)[:200]}"

    def _guarded(self, kind: str, data: bytes, dice: random.Random) -> str:
        if kind == "state vector":
            return self._answer(data)
        if kind == "awareness":
            return _take_awareness(data)
        base = self._text if kind.startswith("text") else self._index
        checked = self._standing[base.kind].check(data, author="mallory")
        if not _apply(base, data, dice):
            return "taken, at a place that no honest client can mean"
        return "taken" if checked.is_new else "known"

    def _answer(self, data: bytes) -> str:
        standing = self._standing[DocumentKind.TEXT]
        missing = standing.update_since(data)
        _expect(not standing.check(missing).is_new, "an answer says nothing new")
        return "answered"

    def _bare(self, kind: str, data: bytes, dice: random.Random) -> str:
        """What happens to whoever trusts the bytes, and goes on after an error."""
        if kind in ("state vector", "awareness"):
            return "not tried"
        is_text = kind.startswith("text")
        document: pycrdt.Doc[Any] = pycrdt.Doc(client_id=9)
        root = document.get(CONTENT, type=pycrdt.Text) if is_text else document.get(DOCUMENTS, type=pycrdt.Map)
        document.apply_update((self._text if is_text else self._index).whole)
        outcome = "taken"
        for step in (lambda: document.apply_update(data), lambda: str(root), document.get_update):
            try:
                step()
            except BaseException as error:
                outcome = type(error).__name__
        return outcome


def _loaded(base: Base) -> SharedDocument:
    document = SharedDocument(client_id=ClientId(8), kind=base.kind)
    document.load([(base.whole, None)])
    return document


def _take_awareness(data: bytes) -> str:
    awareness = Awareness(5)
    awareness.set_local({"user": "é"}, 0.0)
    awareness.merge(data, 1.0)
    _expect(5 in awareness.states, "our own state stays")
    Awareness().merge(awareness.encode(), 2.0)
    return "taken"


def _apply(base: Base, data: bytes, dice: random.Random) -> bool:
    """Applies an update that the guard has passed, in every way we do. Whether it can be made a checkpoint."""
    document = _loaded(base)
    document.apply(data, author="mallory")
    _expect(check_state_vector(document.native.state_vector()) == dict(document.state()), "state vector")
    _expect(not document.check(data).is_new, "known twice")
    replayed = _loaded(base)
    replayed.apply(data)
    _expect(replayed.content_hash() == document.content_hash(), "reload of the log")
    _participate(base, data, document)
    whole = document.checkpoint()
    if whole is None:
        return False
    reloaded = SharedDocument(client_id=ClientId(10), kind=base.kind)
    reloaded.load([(whole, None)])
    _expect(reloaded.state() == document.state(), "state after reload")
    _expect(reloaded.content_hash() == document.content_hash(), "content after reload")
    _expect(not reloaded.check(document.update_since()).is_new, "nothing new after reload")
    return True


def _participate(base: Base, data: bytes, document: SharedDocument) -> None:
    """A participant takes the same update, tells its editor, and writes on."""
    if base.kind is DocumentKind.INDEX:
        index = SharedIndex(ClientId(11))
        index.merge(base.whole)
        index.merge(data)
        index.entries()
        document.apply(index.remove("main") or b"\x00\x00")
        return
    shared = SharedText(ClientId(11))
    shared.merge(base.whole)
    before = shared.text
    edits = shared.merge(data)
    _expect(shared.text == apply_edits(before, edits) == document.text(), "edits told")
    length = len(shared.lines)
    document.apply(shared.edit([Edit(0, 0, "é"), Edit(length // 2, min(length, length // 2 + 3), "😀")]), author="p")
    _expect(shared.text == document.text(), "writing on")
    undone = shared.undo()
    _expect(undone is not None and document.apply(undone[0], author="p").is_new, "undo")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


if __name__ == "__main__":
    os.environ["RUST_BACKTRACE"] = "0"
    sys.exit(main())
