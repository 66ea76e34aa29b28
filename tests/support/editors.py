"""Which real editors are here: those below .cache/editors (`python3 dev.py editors`), else those of the machine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALLED = Path(__file__).resolve().parent.parent.parent / ".cache" / "editors" / "bin"
# name -> program on PATH, and what its `--version` says
PROGRAMS = {
    "neovim-0.10": ("nvim", r"NVIM v0\.10"),
    "neovim-0.12": ("nvim", r"NVIM v0\.12"),
    "helix-25.01": ("hx", r"25\.0?1(?!\d)"),
    "helix-25.07": ("hx", r"25\.0?7(?!\d)"),
    "emacs-30": ("emacs", r"GNU Emacs 30"),
}


def find_editor(name: str) -> Path | None:
    """The program to start, or None where this editor in this version is not here."""
    installed = INSTALLED / name
    if installed.exists():
        return installed
    program, version = PROGRAMS[name]
    found = shutil.which(program)
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    return Path(found) if re.search(version, said) else None


def need_editor(name: str) -> Path:
    """The program; without it the test is skipped and shown as NOT TESTED."""
    program = find_editor(name)
    if program is None:
        pytest.skip(f"{name}: not installed; `python3 dev.py editors {name}` puts it below .cache/editors")
    return program


def editor_environment(home: Path) -> dict[str, str]:
    """Folders of its own for an editor under test: nobody's personal configuration, no state from the last run."""
    places = {
        name: str(home / name.lower())
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    }
    for place in places.values():
        os.makedirs(place, exist_ok=True)
    return {
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "NVIM_LOG_FILE": str(home / "nvim.log"),
        **places,
    }
