"""Runs the simulation over many seeds: `python3 dev.py simulate --seeds 100000`."""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator

from tests.simulation.world import failures_of

_CHUNK = 50


def main() -> int:
    """Exit code 1 if any seed failed; each failure is told with the line that plays it again."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--first", type=int, default=0, help="the first one (default 0)")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    started, failed, done = time.monotonic(), 0, 0
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    for size, failures in _run(seeds, arguments.processes):
        done += size
        failed += len(failures)
        for seed, problem in failures:
            _say(f"seed {seed}: {problem}\n  again: python -m tests.simulation --first {seed} --seeds 1 --processes 1")
        if done % 1000 < size:
            _say(f"{done} seeds, {failed} failed, {time.monotonic() - started:.0f} s")
    _say(f"{done} seeds from {arguments.first} on: {failed} failed, {time.monotonic() - started:.1f} s")
    return 1 if failed else 0


def _run(seeds: range, processes: int) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    if processes == 1:
        yield from map(failures_of, chunks)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(failures_of, chunks)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command


if __name__ == "__main__":
    sys.exit(main())
