"""A real Chromium for tests of the guest page: named, of the machine, or of the npm package in tests/node."""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.node import FOLDER, find_node
from tests.support.processes import clean_environment

UNPACKED = Path(__file__).resolve().parent.parent.parent / ".cache" / "chromium"
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "guest page in a browser: no Chromium. Install one (Debian: apt-get install chromium), name one in"
    " PAIR_LS_TEST_CHROMIUM, or, on Linux x64, let `python3 dev.py test` install the packages of tests/node"
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """What playwright's `launch` is given: executable_path, args, env."""

    executable: Path
    environment: dict[str, str]
    arguments: tuple[str, ...]


def need_chromium() -> Chromium:
    """Without one the test is skipped and shown as NOT TESTED."""
    named = os.environ.get("PAIR_LS_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named is not None:
        return Chromium(Path(named), clean_environment(), ARGUMENTS)
    if sys.platform != "linux" or platform.machine() != "x86_64" or not (UNPACKED.exists() or unpack()):
        pytest.skip(MISSING)
    libraries = {"LD_LIBRARY_PATH": str(UNPACKED / "al2023" / "lib")}
    return Chromium(UNPACKED / "chromium", clean_environment(libraries), (*ARGUMENTS, "--headless=shell"))


def unpack() -> bool:
    """Once, aside, and then renamed: several workers may come at the same time."""
    node = find_node()
    if node is None or not (FOLDER / "node_modules" / "@sparticuz").is_dir():
        return False
    aside = UNPACKED.with_name(f"chromium.{os.getpid()}")
    aside.mkdir(parents=True, exist_ok=True)
    command = [node, str(FOLDER / "unpack_chromium.mjs")]
    done = subprocess.run(command, env=clean_environment({"TMPDIR": str(aside)}), capture_output=True, check=False)
    if done.returncode == 0 and not UNPACKED.exists():
        aside.rename(UNPACKED)
    shutil.rmtree(aside, ignore_errors=True)
    return UNPACKED.exists()
