"""A short run of the fuzzer, and the proof that its inputs are dangerous. The long run: python -m bench.fuzz_guard."""

import os
import subprocess
import sys

SEED = int(os.environ.get("PAIR_LS_FUZZ_SEED", "1"))


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.fuzz_guard", "--seed", str(SEED), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=55, check=False)


def test_hostile_inputs_neither_kill_nor_hang_nor_mislead() -> None:
    done = fuzz("--inputs", "20000")
    assert done.returncode == 0, done.stdout
    assert "deaths and hangs: 0; panics, escapes and wrong reloads: 0" in done.stdout


def test_the_same_inputs_kill_without_the_guard() -> None:
    done = fuzz("--inputs", "300", "--without-guard")
    assert done.returncode == 1
    assert "ended a child with -" in done.stdout, f"pycrdt survives these inputs now: measure anew\n{done.stdout}"
