"""Small updates that kill, hang or poison pycrdt: so they do without the guard, in a child process; never with it."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bench.hostile_updates import root_name, struct, update
from pair_ls.crdt.encoding import write_var_string, write_var_uint
from pair_ls.crdt.schema import ClientId, DocumentKind
from pair_ls.crdt.shared_document import SharedDocument
from pair_ls.errors import MissingUpdates, RefusedBytes

TRUSTING = """
import sys, pycrdt
document = pycrdt.Doc(client_id=6)
text, index = document.get("content", type=pycrdt.Text), document.get("documents", type=pycrdt.Map)
items = document.get("list", type=pycrdt.Array)
text += "hello world, hello world"
data = bytes.fromhex(sys.stdin.read())
readings = (lambda: str(text), lambda: str(index), lambda: index.to_py(), lambda: str(items), document.get_update)
for step in (lambda: document.apply_update(data), *readings):
    try:
        step()
    except BaseException as error:
        print(type(error).__name__)
print("alive")
"""
SECONDS = 3


@dataclass(frozen=True)
class Killer:
    """An update, and what becomes of those who trust it."""

    data: bytes
    kind: DocumentKind
    effect: str


def nested(depth: int) -> bytes:
    return struct(8, b"\x01" + b"\x75\x01" * depth + b"\x7e", root=root_name("documents"), key="k")


KILLERS = {
    "17 bytes at the last clock": Killer(
        bytes.fromhex("010106ffffffff0fc406110612026263" + "00"), DocumentKind.TEXT, "panic"
    ),
    "an emoji in a list": Killer(
        update([(9, 0, [struct(4, write_var_string("😀"), root=root_name("list"))])]),
        DocumentKind.INDEX,
        "hang",
    ),
    "a value nested 100,000 deep": Killer(update([(9, 0, [nested(100_000)])]), DocumentKind.INDEX, "death"),
    "a value nested 27,000 deep": Killer(update([(9, 0, [nested(27_000)])]), DocumentKind.INDEX, "death"),
    "a second struct whose parent is text": Killer(
        update(
            [(9, 0, [struct(4, b"\x04KEPT", root=root_name("content")), struct(4, b"\x01b", root=b"\x00\x09\x00")])]
        ),
        DocumentKind.TEXT,
        "half applied",
    ),
}


def outcome_of_trust(data: bytes) -> str:
    """What a process that hands the bytes to pycrdt comes to."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    command = [sys.executable, "-c", TRUSTING]
    try:
        done = subprocess.run(
            command, input=data.hex(), capture_output=True, text=True, timeout=SECONDS, preexec_fn=limits, check=False
        )
    except subprocess.TimeoutExpired:
        return "hang"
    if done.returncode < 0:
        return "death"
    if "PanicException" in done.stdout:
        return "panic"
    return "half applied" if "RuntimeError" in done.stdout else done.stdout


@pytest.mark.parametrize("name", KILLERS)
def test_the_guard_stops_what_trust_does_not_survive(name: str) -> None:
    killer = KILLERS[name]
    document = SharedDocument(client_id=ClientId(1), kind=killer.kind)
    began = time.process_time()
    with pytest.raises((RefusedBytes, MissingUpdates)):
        document.apply(killer.data, author="p:mallory")
    assert time.process_time() - began < 0.5
    assert document.is_empty
    outcome = outcome_of_trust(killer.data)
    assert outcome == killer.effect or {outcome, killer.effect} <= {"death", "panic", "hang"}, (
        "pycrdt takes this differently now: measure anew what the guard must refuse"
    )


def claims(number: int) -> dict[str, Callable[[SharedDocument], object]]:
    """Ways to claim that very much follows."""
    big = write_var_uint(number)
    return {
        "clients": lambda document: document.apply(big + b"\x01\x05\x00"),
        "structs": lambda document: document.apply(b"\x01" + big + b"\x05\x00"),
        "deletions": lambda document: document.apply(b"\x00\x01\x05" + big),
        "state vector": lambda document: document.update_since(big),
        "string": lambda document: document.apply(b"\x01\x01\x05\x00\x04\x01\x07content" + big),
        "deleted": lambda document: document.apply(b"\x01\x01\x05\x00\x01\x01\x07content" + big + b"\x00"),
    }


@pytest.mark.parametrize("number", [16_000_000, 2**32 - 1, 2**52])
@pytest.mark.parametrize("where", claims(0))
def test_claimed_sizes_cost_nothing(where: str, number: int) -> None:
    document = SharedDocument(client_id=ClientId(1), kind=DocumentKind.TEXT)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    try:
        claims(number)[where](document)
    except (RefusedBytes, MissingUpdates):
        pass
    assert time.process_time() - began < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024


@pytest.mark.parametrize("flood", [b"\xff" * 1_000_000, b"\x80" * 1_000_000, b"\x01" * 1_000_000, bytes(1_000_000)])
@pytest.mark.parametrize("kind", DocumentKind)
def test_a_megabyte_of_one_byte_is_refused_at_once(flood: bytes, kind: DocumentKind) -> None:
    document = SharedDocument(client_id=ClientId(1), kind=kind)
    began = time.process_time()
    with pytest.raises((RefusedBytes, MissingUpdates)):
        document.apply(flood)
    assert time.process_time() - began < 0.2
