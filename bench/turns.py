"""How long the language server's event loop is held at once, in the heaviest case we promise: nobody waits longer.

    python -m bench.turns [--edits 400]

A folder with three million characters of code, a dozen open documents and one of 900 kB; edits with two questions each
in turn, an endpoint that answers in 50 ms. Times are CPU time of the loop's thread per turn, so a busy machine does not
change them much. One JSON line is printed; turns of the first seconds (start-up, opening) are counted apart.
"""

import argparse
import asyncio
import asyncio.events
import atexit
import json
import random
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from bench.inline_bench import GHOST_TEXT, ask, endpoint, quantile
from pair_ls.cli import main as pair_ls
from tests.engines.stub_server import says, serving
from tests.support import json_rpc
from tests.support.fake_editor import FakeEditor, position
from tests.support.json_rpc import ResponseError

SERVE = "--serve"
CHARACTERS, BIG = 3_000_000, 900_000
PACKAGES = ("", "asyncio", "email", "multiprocessing", "json", "http", "logging", "unittest", "importlib", "xml")
TYPED = ("\n    self.", "\n        self.w", "\n    return ", "\n    x = ", '("')


def serve(report: Path, arguments: list[str]) -> int:
    """The language server, with a stopwatch at every turn of its loop."""
    turns: list[tuple[float, float]] = []
    run = asyncio.events.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        started = time.thread_time()
        run(handle)
        turns.append((time.monotonic(), time.thread_time() - started))

    asyncio.events.Handle._run = timed  # type: ignore[assignment, method-assign]  # a stopwatch for the benchmark
    atexit.register(lambda: report.write_text(json.dumps(turns)))
    return pair_ls(arguments)


def code() -> dict[str, str]:
    """Some of the standard library, by path."""
    root = Path(sysconfig.get_paths()["stdlib"])
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in sorted((root / package).glob("*.py")):
            if sum(map(len, found.values())) < CHARACTERS:
                found[f"{package or 'top'}/{path.name}"] = path.read_text(encoding="utf-8", errors="replace")
    return found


async def measure(edits: int, folder: Path) -> float:
    """Types and asks; the time (monotonic) from which on only that happened."""
    files = code()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    async with serving(says("left == right\n", first_seconds=0.05)) as stub:
        extra = endpoint(stub.url, requests_per_minute=100_000)
        async with FakeEditor(folder, extra=extra, capabilities=GHOST_TEXT) as editor:
            await asyncio.sleep(8)  # it learns the folder
            names = [f"open{number}.py" for number in range(12)]
            for name in names:
                editor.open(name, files["top/argparse.py"], language="python")
            editor.open("big.py", "".join(files.values())[:BIG], language="python")
            await asyncio.sleep(4)
            settled = time.monotonic()
            dice = random.Random(3)
            for number in range(edits):
                await _edit(editor, "big.py" if number % 2 else dice.choice(names), dice)
    return settled


async def _edit(editor: FakeEditor, name: str, dice: random.Random) -> None:
    buffer = editor.buffers[name]
    at = buffer.text.find("\n", dice.randrange(len(buffer.text) // 2, len(buffer.text) - 10))
    added = dice.choice(TYPED)
    editor.replace(name, at, at, added)
    place = position(buffer.text, at + len(added), editor.encoding)
    for method, kind in (("completion", 1), ("inlineCompletion", 2)):
        try:
            await ask(editor, buffer.uri, place, kind, method)
        except ResponseError:
            continue


def main() -> int:
    if sys.argv[1:2] == [SERVE]:
        return serve(Path(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=400)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp()).resolve() / "w"
    report = folder.parent / "turns.json"
    vars(json_rpc)["PAIR_LS"] = (sys.executable, "-m", "bench.turns", SERVE, str(report))
    settled = asyncio.run(measure(options.edits, folder))
    turns = json.loads(report.read_text())
    typing = [seconds for at, seconds in turns if at >= settled]
    before = [seconds for at, seconds in turns if at < settled]
    found = {
        "turns": len(typing),
        "p99_ms": quantile(typing, 0.99),
        "longest_ms": quantile(typing, 1.0),
        "over_5_ms": sum(seconds > 0.005 for seconds in typing),
        "total_s": round(sum(typing), 2),
        "longest_before_ms": quantile(before, 1.0),
        "over_5_ms_before": sum(seconds > 0.005 for seconds in before),
    }
    sys.stdout.write(json.dumps({"what": "turns", "edits": options.edits, **found}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
