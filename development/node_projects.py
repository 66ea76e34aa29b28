"""The folders of the checkout that need Node.js: what they install and build. One that is not there is skipped."""

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from development.paths import CACHE, ROOT, SCRIPTS
from development.processes import StepFailed, environment, must_run, say
from development.python_environment import install_extra

OLDEST_NODE = 20
# Not inputs of a build: what it makes, and what npm puts there.
MADE = {"node_modules", "dist", "out", "dist-test", "bundled", "__pycache__"}


@dataclass(frozen=True, slots=True)
class NodeProject:
    """`folder` holds package.json and package-lock.json; npm scripts `build` and `test` are used where they exist."""

    name: str
    folder: Path

    @property
    def exists(self) -> bool:
        return (self.folder / "package.json").exists()

    def has_script(self, name: str) -> bool:
        return name in json.loads((self.folder / "package.json").read_text(encoding="utf-8")).get("scripts", {})


STOCK_CLIENTS = NodeProject("stock clients", ROOT / "tests" / "node")
PAGE = NodeProject("guest page", ROOT / "pair_ls" / "hub" / "page")
EXTENSION = NodeProject("VS Code extension", ROOT / "vscode-extension")
PROJECTS = (STOCK_CLIENTS, PAGE, EXTENSION)


def node_version() -> int | None:
    """Major version of the first `node` on PATH that has an npm beside it; None where there is none that starts."""
    path = environment()["PATH"]
    if shutil.which("node", path=path) is None or shutil.which("npm", path=path) is None:
        return None
    try:
        return int(must_run(["node", "--version"]).lstrip("v").split(".")[0])
    except (StepFailed, ValueError):
        return None


def need_node() -> None:
    """Node of the machine when it is new enough, else the one of the hash-pinned wheel, put into `.venv`."""
    version = node_version()
    if version is not None and version >= OLDEST_NODE:
        return
    say(f"No Node.js {OLDEST_NODE} or newer here; installing one into .venv ...")
    install_extra("node")
    if node_version() is None:
        raise StepFailed(
            f"Node.js does not start. Install Node.js {OLDEST_NODE} or newer with npm, or remove {SCRIPTS / 'node'}."
        )


def install(project: NodeProject) -> None:
    """`npm ci` when the lock changed since the last one."""
    modules = project.folder / "node_modules"
    lock = (project.folder / "package-lock.json").read_bytes()
    stamp = modules / ".made-from"
    if stamp.exists() and stamp.read_text() == hashlib.sha256(lock).hexdigest():
        return
    need_node()
    say(f"Installing the packages of the {project.name} ...")
    must_run(["npm", "ci", "--no-audit", "--no-fund"], folder=project.folder)
    modules.mkdir(exist_ok=True)
    stamp.write_text(hashlib.sha256(lock).hexdigest())


def build(project: NodeProject) -> None:
    """Install and `npm run build` when an input changed since the last build."""
    if not project.exists or not project.has_script("build"):
        return
    stamp = CACHE / "built" / project.name.replace(" ", "-")
    inputs = fingerprint(project.folder)
    if stamp.exists() and stamp.read_text() == inputs and (project.folder / "dist").exists():
        return
    install(project)
    say(f"Building the {project.name} ...")
    must_run(["npm", "run", "build"], folder=project.folder)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(inputs)


def fingerprint(folder: Path) -> str:
    """Of names and bytes of every file that is not made by npm or by the build."""
    summary = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - MADE)
        for path in (Path(place, name) for name in sorted(files)):
            name = path.relative_to(folder).as_posix().encode()
            summary.update(b"%s\0%s\0" % (name, hashlib.sha256(path.read_bytes()).digest()))
    return summary.hexdigest()
