"""A real VS Code for the end-to-end tests: code-server from npm, below .cache/vscode. No system file is touched.

code-server brings VS Code's own workbench and extension host, to be opened in a browser. Its native modules are built
here, against the headers that the npm package of Node.js brings, because they come as source and their install scripts
would fetch headers from elsewhere. That needs a C++ compiler and takes some minutes, so nothing does it unasked.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from development.node_projects import need_node
from development.paths import CACHE
from development.processes import StepFailed, Word, must_run, say

VSCODE = CACHE / "vscode"
NODE_VERSION = "24.21.0"
CODE_SERVER_VERSION = "4.139.1"
NODE_PACKAGE = VSCODE / "node" / "node_modules" / "node"
NODE = NODE_PACKAGE / "bin" / "node"
CODE_SERVER = VSCODE / "code-server" / "node_modules" / "code-server"
ENTRY = CODE_SERVER / "out" / "node" / "entry.js"
STAMP = VSCODE / "made"
NPM_INSTALL: tuple[Word, ...] = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
# What the extension host and the server load at their start. kerberos stays unbuilt: it wants the machine's libraries.
NATIVE = (
    "node-pty",
    "@vscode/spdlog",
    "@vscode/native-watchdog",
    "@parcel/watcher",
    "@vscode/deviceid",
    "@vscode/fs-copyfile",
    "@vscode/sqlite3",
)
# code-server's own install script makes these two: the link, and where it leads.
LINKS = (("bin/remote-cli/code-server", "code-linux.sh"), ("bin/helpers/browser.sh", "browser-linux.sh"))


def install_and_tell() -> int:
    """0 when it is there afterwards."""
    try:
        install()
    except StepFailed as failure:
        say(f"vscode: not installed. {failure}")
        return 1
    print(f"vscode: {ENTRY}", flush=True)
    return 0


def install() -> None:
    """Nothing when it is there already."""
    if is_installed():
        return
    if sys.platform != "linux" or shutil.which("g++") is None or shutil.which("make") is None:
        raise StepFailed("It is built here: that takes Linux, make and g++ (Debian: apt-get install build-essential).")
    started = time.monotonic()
    say(f"Installing code-server {CODE_SERVER_VERSION} below {VSCODE}: 850 MB, some minutes ...")
    shutil.rmtree(VSCODE, ignore_errors=True)
    need_node()
    package(VSCODE / "node", f"node@{NODE_VERSION}", scripts=True)
    package(VSCODE / "code-server", f"code-server@{CODE_SERVER_VERSION}", scripts=False)
    workbench = CODE_SERVER / "lib" / "vscode"
    for folder in (workbench, workbench / "extensions"):
        npm([*NPM_INSTALL, "--omit=dev"], folder)
    npm(["nice", "-n", "10", "npm", "rebuild", *NATIVE], workbench)
    for link, target in LINKS:
        (workbench / link).unlink(missing_ok=True)
        (workbench / link).symlink_to(target)
    must_run([NODE, ENTRY, "--version"])
    STAMP.write_text(wanted())
    say(f"It took {time.monotonic() - started:.0f} s.")


def is_installed() -> bool:
    """This version, whole?"""
    return STAMP.exists() and STAMP.read_text() == wanted()


def wanted() -> str:
    """What the stamp says of a whole installation."""
    return f"code-server {CODE_SERVER_VERSION} on node {NODE_VERSION}\n"


def package(folder: Path, name: str, *, scripts: bool) -> None:
    """One npm package in a folder of its own. `scripts`: its install script runs (Node.js: puts the program there)."""
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"private": true}\n')
    words = [word for word in NPM_INSTALL if not (scripts and word == "--ignore-scripts")]
    npm([*words, name], folder)


def npm(command: list[Word], folder: Path) -> None:
    """With our Node.js where it is there already, and its own headers for what is compiled."""
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", os.defpath)])
    headers = next(NODE_PACKAGE.glob("node_modules/node-linux-*"), NODE_PACKAGE)
    must_run(["env", f"PATH={path}", f"npm_config_nodedir={headers}", *command], folder=folder)
