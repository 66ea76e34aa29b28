"""The hubs that are measured: how each is installed, started on its own core, and stopped with all its children."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "bench"
PEERS = CACHE / "peers"
SERVER_CORE = "1"
LOAD_CORE = "0"
START_SECONDS = 20.0

# What each peer needs from the npm registry; node 22 because the current ones ask for it.
NPM_PACKAGES = {
    "node": {"node": "22"},
    "y-websocket": {"@y/websocket-server": "0.1.1", "yjs": "13.6.33"},
    "hocuspocus": {
        "@hocuspocus/server": "4.7.0",
        "@hocuspocus/extension-database": "4.7.0",
        "yjs": "13.6.33",
    },
}


@dataclass(frozen=True, slots=True)
class Hub:
    """`command` gets {port} and {folder}; `protocol` is the load generator's; `is_ours`: rooms are made by REST."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "yws"
    load_options: tuple[str, ...] = ()
    is_ours: bool = False
    needs: tuple[str, ...] = ()
    working_directory: Path | None = None


NODE = str(PEERS / "node" / "node_modules" / "node" / "bin" / "node")
Y_WEBSOCKET = str(PEERS / "y-websocket/node_modules/@y/websocket-server/src/server.js")
HOCUSPOCUS = str(HERE / "peers" / "hocuspocus.mjs")
PYCRDT = str(HERE / "peers" / "pycrdt_websocket.py")
# All connections of the load come from one address.
PAIR_LS = (
    *(sys.executable, "-m", "pair_ls", "hub", "--port", "{port}", "--data-dir", "{folder}/data"),
    *("--limits-connections-per-address", "100000", "--limits-rooms-per-hour", "100000"),
)

HUBS = {
    hub.name: hub
    for hub in (
        Hub("pair-ls", (*PAIR_LS, "--database-url", "sqlite:///{folder}/hub.db"), is_ours=True),
        Hub("pair-ls-memory", (*PAIR_LS, "--database-url", "memory:"), is_ours=True),
        Hub("y-websocket", (NODE, Y_WEBSOCKET), {"HOST": "127.0.0.1"}, needs=("node", "y-websocket")),
        Hub(
            "hocuspocus",
            (NODE, HOCUSPOCUS),
            protocol="hoc",
            needs=("node", "hocuspocus"),
            working_directory=PEERS / "hocuspocus",
        ),
        Hub(
            "hocuspocus-sqlite",
            (NODE, "--no-warnings", HOCUSPOCUS),
            {"DB": "{folder}/hub.db"},
            protocol="hoc",
            needs=("node", "hocuspocus"),
            working_directory=PEERS / "hocuspocus",
        ),
        # It fails when two clients open one new room at once, so the generator connects one by one.
        Hub("pycrdt-websocket", (sys.executable, PYCRDT), {"SERVER": "uvicorn"}, load_options=("--conc", "1")),
    )
}


def install(hub: Hub) -> None:
    """Puts what the hub needs below the cache, once."""
    for name in hub.needs:
        folder = PEERS / name
        if (folder / "node_modules").is_dir():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": NPM_PACKAGES[name]}))
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


class Running:
    """A hub on its own core, with a folder of its own."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.folder = Path(tempfile.mkdtemp(prefix="bench-hub-"))
        self.port = _free_port()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        filled = {"port": str(self.port), "folder": str(self.folder)}
        environment = {**os.environ, "PORT": str(self.port), "NODE_ENV": "production"}
        environment.update({name: value.format(**filled) for name, value in self.hub.environment.items()})
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                ["taskset", "-c", SERVER_CORE, *(word.format(**filled) for word in self.hub.command)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.hub.working_directory or (ROOT if self.hub.is_ours else self.folder),
            )
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.hub.name} did not start:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.05)
        return process

    def restart(self) -> None:
        """For a hub that the load generator has killed."""
        self.process.wait()
        self.process = self._start()

    def rooms(self, count: int) -> Path:
        """A file that names `count` rooms of ours with their tokens, one a line."""
        lines = []
        for _ in range(count):
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.port}/api/rooms",
                data=b'{"name":"bench"}',
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                room = json.load(answer)
            lines.append(f"{room['roomId']}?token={room['token']}" if room.get("token") else room["roomId"])
        path = self.folder / "rooms"
        path.write_text("\n".join(lines) + "\n")
        return path

    def pids(self) -> list[int]:
        return _tree(self.process.pid)

    def stop(self) -> None:
        for pid in reversed(self.pids()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                found += _tree(int(child))
        except OSError:
            continue
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True
