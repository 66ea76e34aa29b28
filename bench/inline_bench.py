"""Ghost text while a person types: a recorded editing session is replayed against `pair-ls lsp`, with a stub endpoint.

    python -m bench.inline_bench replay --latency 300 --keys 400
    python -m bench.inline_bench start      cold start to the first offline answer
    python -m bench.inline_bench cached     typed-through and cancelled requests, closing of superseded ones
    python -m bench.inline_bench storm      ten thousand requests, cancels and edits of eight documents

The endpoint answers what is really typed next with probability `--right`, else something wrong. "Visible" is an answer
that arrived, not empty, before the next key. One JSON line is printed.
"""

import argparse
import asyncio
import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from tests.engines.stub_server import Call, Stub, says, serving
from tests.support.fake_editor import FakeEditor, position
from tests.support.json_rpc import ResponseError

TRACES = Path(__file__).resolve().parent.parent / "tests" / "traces"
GHOST_TEXT = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
WRONG = "wrong_guess(value)"
LONGEST_PAUSE = 2.0

# A patch of the recording: (offset, characters deleted, text inserted).
Patch = tuple[int, int, str]


@dataclass
class Key:
    """One change of the recording, when it happens, and what happens to the request that follows it."""

    patches: list[Patch]
    at: float
    truth: str = ""
    asked: float = 0.0
    answered: float = 0.0
    text: str = ""
    failed: bool = False
    needed_endpoint: bool = False


def recording(path: Path, skip: int, count: int) -> tuple[str, list[Key]]:
    """The text after `skip` changes, and the next `count`. Keys that share a second are spread over it."""
    data = json.loads(gzip.decompress(path.read_bytes()))
    text = data["txns"][0]["patches"][0][2]
    changes = [
        (datetime.fromisoformat(t["time"].replace("Z", "+00:00")).timestamp(), t["patches"]) for t in data["txns"][1:]
    ]
    for _, patches in changes[:skip]:
        for at, deleted, added in patches:
            text = text[:at] + added + text[at + deleted :]
    window = changes[skip : skip + count]
    keys: list[Key] = []
    clock = 0.0
    while len(keys) < len(window):
        first = len(keys)
        same = [patches for second, patches in window[first:] if second == window[first][0]]
        keys += [Key(patches, clock + number / len(same)) for number, patches in enumerate(same)]
        gap = window[len(keys)][0] - window[first][0] if len(keys) < len(window) else 1.0
        clock += min(LONGEST_PAUSE, max(1.0, gap))
    for number, key in enumerate(keys):
        key.truth = _typed_next(keys, number)
    return text, keys


def _typed_next(keys: Sequence[Key], number: int) -> str:
    """What is typed at the cursor from here on, up to the end of the line."""
    at, _, added = keys[number].patches[-1]
    cursor, truth = at + len(added), ""
    for key in keys[number + 1 : number + 60]:
        if len(key.patches) != 1 or key.patches[0][0] != cursor or key.patches[0][1]:
            break
        truth += key.patches[0][2]
        cursor += len(key.patches[0][2])
    return truth.split("\n")[0] or "x"


@dataclass
class Endpoint:
    """Answers with the truth, or not."""

    latency: float
    right: float
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    truth: str = "x"

    async def answer(self, stub: Stub, call: Call) -> None:
        text = self.truth if self.dice.random() < self.right else WRONG
        await says(text, first_seconds=self.latency, gap_seconds=0.01)(stub, call)


def endpoint(url: str, **settings: object) -> dict[str, str]:
    more = {f"PAIR_LS_COMPLETION_{name.upper()}": str(value) for name, value in settings.items()}
    return {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-stub",
        "PAIR_LS_COMPLETION_MODEL": "stub",
        "NO_PROXY": "*",
        **more,
    }


# Results are JSON as the LSP describes it, hence Any.
async def ask(editor: FakeEditor, uri: str, at: dict[str, int], kind: int = 2, method: str = "inlineCompletion") -> Any:
    params = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": kind}}
    return await editor.server.request(f"textDocument/{method}", params)


async def replay(options: argparse.Namespace) -> dict[str, object]:
    text, keys = recording(options.trace, options.skip, options.keys)
    upstream = Endpoint(options.latency / 1000, options.right)
    async with serving(upstream.answer) as stub:
        async with FakeEditor(
            Path(tempfile.mkdtemp()) / "w", extra=endpoint(stub.url), capabilities=GHOST_TEXT
        ) as editor:
            editor.open("a.rs", text, language="rust")
            await asyncio.sleep(3)
            buffer = editor.buffers["a.rs"]
            started = time.monotonic()
            waiting: asyncio.Task[None] | None = None
            number = 0
            for key in keys:
                await asyncio.sleep(max(0.0, started + key.at - time.monotonic()))
                if waiting is not None and not waiting.done():
                    editor.server.notify("$/cancelRequest", {"id": number})
                for at, deleted, added in key.patches:
                    editor.replace("a.rs", at, at + deleted, added)
                upstream.truth = key.truth
                cursor = key.patches[-1][0] + len(key.patches[-1][2])
                place = position(buffer.text, cursor, editor.encoding)
                waiting = asyncio.create_task(_asked(editor, buffer.uri, place, key, stub))
                await asyncio.sleep(0)
                number = max(editor.server._waiting, default=0)
            await asyncio.sleep(3)
    return {"latency_ms": options.latency, **summary(keys, stub)}


async def _asked(editor: FakeEditor, uri: str, at: dict[str, int], key: Key, stub: Stub) -> None:
    key.asked = time.monotonic()
    posts, was_open = stub.posts, stub.open
    try:
        answer = await ask(editor, uri, at)
    except ResponseError:
        key.failed = True
        return
    key.answered = time.monotonic()
    key.text = answer["items"][0]["insertText"] if answer["items"] else ""
    key.needed_endpoint = stub.posts > posts or was_open > 0


def summary(keys: Sequence[Key], stub: Stub) -> dict[str, object]:
    shown = [key for key in keys if key.text]
    ends = [key.asked for key in keys[1:]] + [float("inf")]
    visible = [key for key, end in zip(keys, ends, strict=True) if key.text and key.answered < end]
    right = [key for key in visible if key.truth.startswith(key.text) or key.text.startswith(key.truth)]
    ready = [key.answered - key.asked for key in shown if not key.needed_endpoint]
    return {
        "keys": len(keys),
        "visible_per_100": round(100 * len(visible) / len(keys), 1),
        "right_and_visible_per_100": round(100 * len(right) / len(keys), 1),
        "posts_per_100": round(100 * stub.posts / len(keys), 1),
        "aborted_share": round(len(stub.aborted) / max(1, stub.posts), 3),
        "most_open": stub.most_open,
        "ready_answers": len(ready),
        "ready_p50_ms": quantile(ready, 0.5),
        "ready_p95_ms": quantile(ready, 0.95),
        "unanswered": sum(1 for key in keys if not key.answered and not key.failed),
    }


def quantile(seconds: Sequence[float], share: float) -> float | None:
    """In milliseconds."""
    return round(1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))], 2) if seconds else None


PAYROLL = (
    "class A:\n    def f(self, wages):\n        self.wages = wages\n"
    "        print(self.wages)\n        print(self.wages)\n"
)


async def start(options: argparse.Namespace) -> dict[str, object]:
    """From starting the process to the first items, with an endpoint configured that must not be touched."""
    seconds = []
    for _ in range(options.times):
        begun = time.monotonic()
        async with FakeEditor(Path(tempfile.mkdtemp()) / "w") as editor:
            editor.open("a.py", PAYROLL + "        print(self.", language="python")
            buffer = editor.buffers["a.py"]
            answer = await ask(
                editor, buffer.uri, position(buffer.text, len(buffer.text), editor.encoding), 1, "completion"
            )
            seconds.append(time.monotonic() - begun)
            assert answer["items"]
            loaded = [part.path for part in psutil.Process(editor.server.process.pid).memory_maps()]
    imported = any("pydantic_core" in path for path in loaded)
    return {
        "first_offline_answer_ms": quantile(seconds, 0.5),
        "slowest_ms": quantile(seconds, 1.0),
        "openai_imported": imported,
    }


async def cached(options: argparse.Namespace) -> dict[str, object]:
    """Typing through an answer, 40 keys at a time; cancels; requests that supersede others."""
    text = "left.compare_with(right, tolerance=0.5) == 0"
    typed: list[float] = []
    cancels: list[float] = []
    closes: list[float] = []
    async with serving(says(text)) as stub:
        extra = endpoint(stub.url, requests_per_minute=10_000)
        async with FakeEditor(Path(tempfile.mkdtemp()) / "w", extra=extra, capabilities=GHOST_TEXT) as editor:
            for number in range(options.times):
                name = f"a{number}.py"
                editor.open(name, f"import os\n\ndef compare{number}(left, right):\n    result = ", language="python")
                buffer = editor.buffers[name]
                await _settled(editor, buffer.uri)
                stub.answer = says(text)
                await ask(editor, buffer.uri, position(buffer.text, len(buffer.text), editor.encoding), 1)
                for character in text[:40]:
                    editor.append(name, character)
                    begun = time.perf_counter()
                    answer = await ask(editor, buffer.uri, position(buffer.text, len(buffer.text), editor.encoding))
                    typed.append(time.perf_counter() - begun)
                    assert answer["items"], "typed through"
                cancels.append(await _cancel(editor, stub, name))
                closes.append(await _supersede(editor, stub, name))
    return {
        "typed_through": len(typed),
        "typed_through_p50_ms": quantile(typed, 0.5),
        "typed_through_p95_ms": quantile(typed, 0.95),
        "cancel_p95_ms": quantile(cancels, 0.95),
        "superseded_closed_p95_ms": quantile(closes, 0.95),
    }


async def _settled(editor: FakeEditor, uri: str) -> None:
    """The folder's ignore files have been read."""
    while "still being read" in (await editor.command("pair.explainContext", {"uri": uri}))["summary"]:
        await asyncio.sleep(0.01)


async def _begin(editor: FakeEditor, stub: Stub, name: str) -> "asyncio.Task[Any]":
    """A request that waits for an endpoint which takes its time."""
    stub.answer = says("late", first_seconds=5.0)
    posts = stub.posts
    editor.append(name, f"\n    value{posts} = ")
    buffer = editor.buffers[name]
    task = asyncio.create_task(ask(editor, buffer.uri, position(buffer.text, len(buffer.text), editor.encoding), 1))
    while stub.posts == posts:
        await asyncio.sleep(0.002)
    return task


async def _cancel(editor: FakeEditor, stub: Stub, name: str) -> float:
    task = await _begin(editor, stub, name)
    begun = time.perf_counter()
    editor.server.notify("$/cancelRequest", {"id": max(editor.server._waiting)})
    await asyncio.gather(task, return_exceptions=True)
    return time.perf_counter() - begun


async def _supersede(editor: FakeEditor, stub: Stub, name: str) -> float:
    task = await _begin(editor, stub, name)
    aborted = len(stub.aborted)
    editor.append(name, "\n    elsewhere = other + ")
    stub.answer = says("right")
    buffer = editor.buffers[name]
    begun = time.monotonic()
    await ask(editor, buffer.uri, position(buffer.text, len(buffer.text), editor.encoding), 1)
    while len(stub.aborted) == aborted:
        await asyncio.sleep(0.001)
    await asyncio.gather(task, return_exceptions=True)
    return stub.aborted[-1] - begun


async def storm(options: argparse.Namespace) -> dict[str, object]:
    """Everything at random and fast; the loop's lag is what a small request has to wait."""
    dice = random.Random(options.seed)
    lags: list[float] = []
    counts = {"answered": 0, "cancelled": 0}
    async with serving(says("left == right\n", first_seconds=0.05)) as stub:
        extra = endpoint(stub.url, requests_per_minute=100_000, requests_per_day=1_000_000)
        async with FakeEditor(Path(tempfile.mkdtemp()) / "w", extra=extra, capabilities=GHOST_TEXT) as editor:
            process = psutil.Process(editor.server.process.pid)
            for number in range(8):
                editor.open(f"a{number}.py", PAYROLL * 20, language="python")
            probe = asyncio.create_task(_probe(editor, lags))
            sizes = []
            tasks: set[asyncio.Task[None]] = set()
            for number in range(options.requests):
                name = f"a{dice.randrange(8)}.py"
                buffer = editor.buffers[name]
                at = len(buffer.text) if dice.random() < 0.8 else dice.randrange(len(buffer.text))
                if len(buffer.text) > 20_000:
                    editor.replace(name, 8_000, len(buffer.text), "")
                    at = len(buffer.text)
                editor.replace(name, at, at, dice.choice(("self", ".", "w", "\n        ", " = ", "é😀", "(")))
                place = position(buffer.text, min(at + 1, len(buffer.text)), editor.encoding)
                method = dice.choice(("inlineCompletion", "completion"))
                task = asyncio.create_task(_counted(editor, buffer.uri, place, method, counts))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                await asyncio.sleep(0)
                if dice.random() < 0.3:
                    editor.server.notify("$/cancelRequest", {"id": max(editor.server._waiting)})
                await asyncio.sleep(dice.expovariate(1 / options.gap))
                if not number % (options.requests // 10):
                    sizes.append(process.memory_info().rss / 1e6)
            await asyncio.wait_for(asyncio.gather(*tasks), 60)
            probe.cancel()
            sizes.append(process.memory_info().rss / 1e6)
    return {
        "requests": options.requests,
        **counts,
        "posts": stub.posts,
        "lag_p50_ms": quantile(lags, 0.5),
        "lag_p99_ms": quantile(lags, 0.99),
        "memory_mb": [round(size) for size in sizes],
    }


async def _counted(editor: FakeEditor, uri: str, place: dict[str, int], method: str, counts: dict[str, int]) -> None:
    try:
        await ask(editor, uri, place, 1 if method == "completion" else 2, method)
        counts["answered"] += 1
    except ResponseError:
        counts["cancelled"] += 1


async def _probe(editor: FakeEditor, lags: list[float]) -> None:
    """A command that costs nothing, again and again."""
    while True:
        begun = time.perf_counter()
        await editor.command("pair.who")
        lags.append(time.perf_counter() - begun)
        await asyncio.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["replay", "start", "cached", "storm"])
    parser.add_argument("--latency", type=float, default=300, help="of the endpoint, in ms")
    parser.add_argument("--right", type=float, default=0.5, help="share of right answers")
    parser.add_argument("--keys", type=int, default=400)
    parser.add_argument("--skip", type=int, default=3000)
    parser.add_argument("--trace", type=Path, default=TRACES / "sveltecomponent.json.gz")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--gap", type=float, default=0.006, help="mean seconds between requests of the storm")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = asyncio.run(globals()[options.what](options))
    sys.stdout.write(json.dumps({"what": options.what, **found}) + "\n")


if __name__ == "__main__":
    main()
