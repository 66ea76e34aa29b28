"""The matrix of real editors many times over: `python3 dev.py editors --runs 20`. Stops at the first run that is red.

Each run has seeds of its own, so it makes other edits than the one before; a line of its own says how it went.
"""

import argparse
import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from development.test_report import Report, read_report
from tests.end_to_end.real_editors.lone import play_alone
from tests.end_to_end.real_editors.record import record_all
from tests.support.processes import clean_environment

ROOT = Path(__file__).resolve().parents[3]
LONE_SECONDS = 6.0
MATRIX = "tests/end_to_end/real_editors/test_matrix.py"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the whole matrix. `output` is what pytest said."""

    seed: int
    report: Report
    seconds: float
    output: str

    @property
    def is_green(self) -> bool:
        return self.report.failed == 0 and self.report.passed > 0

    def line(self) -> str:
        skipped = sum(self.report.not_tested.values())
        colour = "green" if self.is_green else "RED"
        counts = f"{self.report.passed} passed, {self.report.failed} failed, {skipped} not tested"
        return f"seed {self.seed}: {colour}, {counts}, {self.seconds:.0f} s, load {os.getloadavg()[0]:.1f}"


def main() -> int:
    """Exit code 1 if a run was red."""
    parser = argparse.ArgumentParser(prog="dev.py editors", description=__doc__)
    parser.add_argument("--record", nargs="*", metavar="NAME", help="instead: record how editors talk, all or these")
    parser.add_argument("--lone", metavar="NAME", help="instead: one editor alone with a scripted room (see lone.py)")
    parser.add_argument("--runs", type=int, default=1, help="how many (default 1)")
    parser.add_argument("--first", type=int, default=1, help="seed of the first run; each takes two (default 1)")
    parser.add_argument("--workers", default="4", help="tests at a time: they mostly wait for keys (default 4)")
    parser.add_argument("--lock", type=Path, help="hold this file's lock (flock) during each run, not between them")
    arguments = parser.parse_args()
    if arguments.record is not None:
        return record_all(arguments.record)
    if arguments.lone is not None:
        return play_lone(arguments.lone, range(arguments.first, arguments.first + arguments.runs))
    started = time.monotonic()
    for number in range(arguments.runs):
        with _held(arguments.lock):
            run = play(arguments.first + 2 * number, arguments.workers)
        say(f"{time.strftime('%H:%M:%S')} run {number + 1} of {arguments.runs}, {run.line()}")
        if not run.is_green:
            say(run.output)
            say(f"{number} runs green, then a red one; again: dev.py editors --runs 1 --first {run.seed}")
            return 1
    say(f"{arguments.runs} runs in a row, all green, {time.monotonic() - started:.0f} s")
    return 0


def play_lone(name: str, seeds: range) -> int:
    """One editor many times; goes on after a run that is red."""
    problems = 0
    for seed in seeds:
        problem = play_alone(name, seed, LONE_SECONDS)
        problems += problem is not None
        say(f"{time.strftime('%H:%M:%S')} {problem or f'{name}, seed {seed}: good'}")
    say(f"{name}: {len(seeds)} runs, {problems} red")
    return 1 if problems else 0


def play(seed: int, workers: str) -> Run:
    """All pairs once."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        junit = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", MATRIX, "-q", "-n", workers, "-p", "no:cacheprovider", "--tb=short"]
        environment = clean_environment({"PYTHONPATH": str(ROOT)}) | {"PAIR_LS_MATRIX_SEED": str(seed)}
        done = subprocess.run(
            [*command, f"--junit-xml={junit}"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        report = read_report(junit) if junit.exists() else Report(0, 1, {})
    return Run(seed, report, time.monotonic() - started, done.stdout + done.stderr)


@contextlib.contextmanager
def _held(lock: Path | None) -> Iterator[None]:
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command


if __name__ == "__main__":
    sys.exit(main())
