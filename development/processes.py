"""Start a program of the checkout and see how it ended."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from development.paths import ROOT, SCRIPTS

Word = str | Path


class StepFailed(Exception):
    """A step of the set-up did not work; the message is for the person at the terminal."""


def say(sentence: str) -> None:
    """Talk goes to stderr: stdout belongs to the program that is run."""
    print(sentence, file=sys.stderr, flush=True)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for tools of the checkout: `.venv` first on PATH, then what the machine has."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **(extra or {})}


def run(command: Sequence[Word], *, extra: Mapping[str, str] | None = None, folder: Path = ROOT) -> int:
    """Run with our own stdin, stdout and stderr; the exit code. Ctrl-C reaches the child too, we wait for its end."""
    with subprocess.Popen([str(word) for word in command], cwd=folder, env=environment(extra)) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def become(command: Sequence[Word]) -> int:
    """Run instead of this process, where the system can: signals for us are then signals for it."""
    words = [str(word) for word in command]
    if os.name == "posix":
        os.execve(words[0], words, environment())
    return run(words)


def must_run(command: Sequence[Word], *, extra: Mapping[str, str] | None = None, folder: Path = ROOT) -> str:
    """Run quietly and return stdout; a failure shows what the tool said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=folder, env=environment(extra), capture_output=True, text=True, check=False)
    except OSError as error:
        raise StepFailed(f"{words[0]} could not be started: {error}") from error
    if done.returncode != 0:
        raise StepFailed(f"`{' '.join(words)}` failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
