"""What sharing and joining a whole folder costs, with its targets: time, and the language server's memory.

python -m bench.folder [FILES]
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, clean_environment

FILES = 2000
BYTES = 10_000  # of each
SHARE_SECONDS, JOIN_SECONDS, MEMORY_MEGABYTES = 10.0, 5.0, 250.0


def main() -> None:
    """Prints figures beside targets."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    with tempfile.TemporaryDirectory() as folder, HubProcess(Path(folder) / "hub") as hub:
        asyncio.run(measure(Path(folder), hub, count))


async def measure(folder: Path, hub: HubProcess, count: int) -> None:
    """Share by one command, join by another, then open an editor on each side."""
    ada, bob = folder / "ada", folder / "bob"
    make_tree(ada, count)
    size = sum(file.stat().st_size for file in ada.rglob("*.py"))
    print(f"{count} files, {size / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    seconds, printed = await run(folder, "share", str(ada), "--all", "--hub-url", hub.url)
    row("pair-ls share --all", seconds, "s", SHARE_SECONDS)
    words = next(line for line in printed.splitlines() if "pair-ls join" in line).split()
    seconds, _ = await run(folder, *words[words.index("join") :], str(bob))
    row("pair-ls join", seconds, "s", JOIN_SECONDS)
    assert len(list(bob.rglob("*.py"))) == count
    for name, place in (("who shared", ada), ("who joined", bob)):
        await measure_server(name, place, count)


async def measure_server(name: str, folder: Path, count: int) -> None:
    """Memory of a language server that keeps the folder in step, and how fast a change of another program is told."""
    async with FakeEditor(folder) as editor:
        started = time.monotonic()
        while (await editor.command("pair.status"))["fileCount"] < count:
            await asyncio.sleep(0.05)
        process = psutil.Process(editor.server.process.pid)
        highest = 0.0
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 3:
            now = process.memory_info().rss / 1e6
            if process.cpu_percent(interval=0.2) > 20:
                quiet_since = time.monotonic()
            highest = max(highest, now)
        row(f"language server of {name}: in step after", quiet_since - started, "s", None)
        row(f"language server of {name}: most memory", highest, "MB", MEMORY_MEGABYTES)
        row(f"language server of {name}: memory at rest", process.memory_info().rss / 1e6, "MB", MEMORY_MEGABYTES)


def make_tree(folder: Path, count: int) -> None:
    """Source files in twenty folders."""
    for number in range(count):
        file = folder / f"part{number % 20}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        line = f"def function_{number}(argument):  # é\n    return argument + {number}\n"
        file.write_text((line * (BYTES // len(line) + 1))[:BYTES])


async def run(folder: Path, *arguments: str) -> tuple[float, str]:
    """One command, as from a terminal; how long it took, start of the process included, and what it printed."""
    environment = clean_environment({"HOME": str(folder), "PAIR_LS_CONFIG": str(folder / "none.toml")})
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *PAIR_LS, *arguments, env=environment, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return time.monotonic() - started, printed.decode()


def row(title: str, figure: float, unit: str, target: float | None) -> None:
    """One line of the table."""
    print(f"{title:<55}{figure:10.1f} {unit:<3}" + ("" if target is None else f"  target <= {target:g}"))


if __name__ == "__main__":
    main()
