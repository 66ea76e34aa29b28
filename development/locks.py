"""The lock files: every package by version and hash, for every platform, and no address of where they came from."""

import re
from collections.abc import Sequence
from pathlib import Path

from development.paths import REQUIREMENTS, ROOT, SCRIPTS
from development.processes import must_run

SOURCES: dict[str, tuple[str, ...]] = {
    "run": ("pyproject.toml", "--all-extras", "--group", "bootstrap"),
    "test": ("pyproject.toml", "--all-extras", "--group", "bootstrap", "--group", "test"),
    "node": ("--group", "node"),
}
COMPILE = (
    *("pip", "compile", "-q", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
)
# What must never stand in a committed lock: an address of any scheme, or an option that takes one.
PLACE = re.compile(r"\b[a-z][a-z+]*:/|\bfile:|^\s*-{1,2}(?:i|f|extra|find|index)\b", re.IGNORECASE)


def lock(options: Sequence[str]) -> None:
    """Resolve and write requirements/*.lock. `--upgrade` takes newer versions, else those in the files stay."""
    REQUIREMENTS.mkdir(exist_ok=True)
    for name, sources in SOURCES.items():
        target = REQUIREMENTS / f"{name}.lock"
        must_run([SCRIPTS / "uv", *COMPILE, *options, *sources, "-o", target], extra={"UV_NO_CONFIG": "1"})


def named_places() -> list[str]:
    """Lines of lock files that say where a package is fetched from; there must be none."""
    locks = [*REQUIREMENTS.glob("*.lock"), *package_locks()]
    return [f"{path.relative_to(ROOT)}: {line.strip()}" for path in locks for line in offending(path)]


def package_locks() -> list[Path]:
    found = (
        path
        for folder in ("tests", "bench", "pair_ls", "vscode-extension")
        for path in (ROOT / folder).rglob("package-lock.json")
    )
    return [path for path in found if "node_modules" not in path.parts]


def offending(path: Path) -> list[str]:
    """In a package-lock.json only `resolved` counts: `funding` names sponsors' pages; a folder is no place."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".json":
        return [line for line in lines if '"resolved"' in line and ":" in line.partition(":")[2]]
    return [line for line in lines if PLACE.search(line)]
