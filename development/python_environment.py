"""`.venv`, made from the hash-pinned lock files and from nothing else.

A stamp in `.venv` remembers what it was made from, so a second start costs a few milliseconds. uv installs (it comes
from the lock itself, by pip); where uv does not manage, for instance because a mirror is configured for pip alone, pip
installs from the same file.
"""

import hashlib
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from development.paths import ENVIRONMENT, PYTHON, REQUIREMENTS, ROOT, SCRIPTS
from development.processes import StepFailed, Word, must_run, say

STAMP = ENVIRONMENT / ".made-from"
PIP: tuple[Word, ...] = (PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check")
SYNC = ("-q", "--compile-bytecode", "--require-hashes")
QUIET_UV = {"UV_NO_CONFIG": "1"}


def prepare(kind: str) -> None:
    """Make `.venv` hold what `requirements/{kind}.lock` says, and the checkout itself. A test environment also runs.

    So what is asked for `run` stays a test environment where it was one: the tools of the tests are not taken away.
    """
    made, inputs = read_stamp()
    kind = "test" if made == "test" else kind
    if inputs in [fingerprint(name) for name in ("test", kind)]:
        return
    say(f"Setting up .venv from requirements/{kind}.lock (once; it takes well under a minute with a fast network) ...")
    if STAMP.exists():
        STAMP.write_text(f"{kind} unfinished")
    if not works(PYTHON):
        create()
    install(REQUIREMENTS / f"{kind}.lock")
    STAMP.write_text(f"{kind} {fingerprint(kind)}")


def read_stamp() -> tuple[str, str]:
    """The kind that was asked for last, and the fingerprint of what was made; empty words where nothing is known."""
    words = STAMP.read_text().split() if STAMP.exists() else []
    return (words[0] if len(words) > 1 else ""), (words[-1] if words else "")


def fingerprint(kind: str) -> str:
    """Changes with the lock, the metadata, the Python, and the place: a virtual environment cannot be moved."""
    parts = [(REQUIREMENTS / f"{kind}.lock").read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode(), str(ROOT).encode()])).hexdigest()


def works(python: Path) -> bool:
    """Does the interpreter of `.venv` start, and is it new enough? One that was upgraded away leaves a dead link."""
    try:
        must_run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
    except StepFailed:
        return False
    return True


def create() -> None:
    """By the venv module; where that is missing (Debian splits it off), by a uv that pip puts aside."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    try:
        must_run([sys.executable, "-m", "venv", ENVIRONMENT])
    except StepFailed:
        create_without_venv_module()


def create_without_venv_module() -> None:
    """`pip install --target` needs neither ensurepip nor leave to change the machine's own Python."""
    boot = ROOT / ".cache" / "boot"
    boot.mkdir(parents=True, exist_ok=True)
    requirement = boot / "uv.txt"
    requirement.write_text(block(REQUIREMENTS / "run.lock", ["uv"]))
    try:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        must_run([*pip, "--require-hashes", "--upgrade", "--target", boot, "-r", requirement])
        must_run(
            [boot / "bin" / "uv", "venv", "-q", "--clear", "--seed", "--python", sys.executable, ENVIRONMENT],
            extra=QUIET_UV,
        )
    except StepFailed as error:
        say(str(error))
        raise StepFailed(
            "No virtual environment could be made: this Python has neither a working venv module nor pip. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        ) from error


def block(lock: Path, names: Sequence[str]) -> str:
    """The lines of some packages, with their hashes, cut out of a lock file."""
    entries = re.split(r"\n(?=\S)", lock.read_text())
    return "".join(entry.rstrip("\n") + "\n" for entry in entries if re.split(r"[=\[ ]", entry)[0] in names)


def install(lock: Path) -> None:
    """Packages by hash, then the checkout itself, editable; its build tools come from the lock too."""
    first = ENVIRONMENT / "uv.txt"
    first.write_text(block(lock, ["uv"]))
    uv = SCRIPTS / "uv"
    itself: list[Word] = ["--no-deps", "--no-build-isolation", "-e", ROOT]
    try:
        must_run([*PIP, "--require-hashes", "-r", first])
        must_run([uv, "pip", "sync", *SYNC, "--python", PYTHON, lock], extra=QUIET_UV)
        must_run([uv, "pip", "install", "-q", "--python", PYTHON, *itself], extra=QUIET_UV)
    except StepFailed as error:
        say(f"{error}\nuv did not manage; pip installs from the same lock file (slower) ...")
        must_run([*PIP, "--require-hashes", "-r", lock])
        must_run([*PIP, *itself])


def install_extra(name: str) -> None:
    """One more hash-pinned lock on top of what is there (node, where the machine has none)."""
    must_run([*PIP, "--require-hashes", "-r", REQUIREMENTS / f"{name}.lock"])
