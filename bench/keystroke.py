"""From a key in one editor to the edit in the other, as a multiple of a bare websocket echo in the same run.

python -m bench.keystroke [BLOCKS OF 20 KEYSTROKES]

Four processes work (two `pair-ls lsp`, a hub, a server that only echoes) and this one, which is both editors and
measures. The echo is asked between the keystrokes, so a noisy machine slows down both. To reach: p50 at most 4 times
the echo's, at most 10 % more for 1 MB than for 10 kB, and at most 1.2 ms of processor time of both language servers per
key.

That is for a hub that keeps rooms in memory. A hub that stores them relays what is durable only, so a commit to the
disk comes on top: the last rows, and below them what one commit of SQLite costs here.
"""

import asyncio
import contextlib
import json
import os
import random
import select
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.pair import share_and_join
from tests.support.hub_process import HubProcess
from tests.support.processes import PAIR_LS, clean_environment, free_port

SIZES = (10_000, 1_000_000)
BLOCKS = 80
WARM_UP_BLOCKS = 8
BLOCK = 20
"""Keystrokes in one place; then the other document takes its turn, so that both see the same noise."""
PAUSE_SECONDS = 0.002
PAYLOAD = 32


@dataclass
class Document:
    """One open text, as an editor counts it."""

    uri: str
    version: int = 1

    def change(self, content_changes: list[dict[str, Any]]) -> bytes:
        """The bytes of the next didChange."""
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        params = {"textDocument": document, "contentChanges": content_changes}
        return framed({"method": "textDocument/didChange", "params": params})


class Editor:
    """The least that an editor does, and nothing that waits: pipes to `pair-ls lsp`, and versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.documents: dict[str, Document] = {}
        self._buffer = bytearray()
        with (folder.parent / f"{folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*PAIR_LS, "lsp"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=clean_environment({"PAIR_LS_CONFIG": str(folder / "none.toml")}),
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to_server = self.process.stdin.fileno()
        self._from_server = self.process.stdout.fileno()
        self.send({"id": 1, "method": "initialize", "params": {"rootUri": folder.as_uri(), "capabilities": {}}})
        self.receive()
        self.send({"method": "initialized", "params": {}})

    def send(self, message: dict[str, Any]) -> None:
        self.write(framed(message))

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._to_server, view) :]

    def receive(self, seconds: float = 20) -> Any:
        """The next message: JSON of the LSP."""
        while (message := self._cut()) is None:
            if not select.select([self._from_server], [], [], seconds)[0]:
                raise TimeoutError("the language server does not answer")
            self._buffer += os.read(self._from_server, 1 << 20)
        return message

    def open(self, name: str, text: str) -> Document:
        document = Document((self.folder / name).as_uri())
        self.documents[document.uri] = document
        item = {"uri": document.uri, "languageId": "python", "version": document.version, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        return document

    def wait_until_shared(self) -> None:
        """Asks for the status until all documents are in step with the room and nothing waits."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            self.send({"id": 2, "method": "workspace/executeCommand", "params": {"command": "pair.status"}})
            while "result" not in (answer := self.receive()):
                self.follow(answer)
            status = answer["result"]
            shared = [one for one in status["documents"] if one["sharing"] == "bound"]
            if not status["unacknowledged"] and len(shared) == len(self.documents):
                return
            time.sleep(0.05)
        raise TimeoutError(f"not shared: {status['summary']}")

    def follow(self, request: Any) -> None:
        """Apply an edit as a truthful editor does: answer, report the change. All else is answered with nothing."""
        if request.get("method") != "workspace/applyEdit":
            if "id" in request and "method" in request:
                self.send({"id": request["id"], "result": None})
            return
        self.send({"id": request["id"], "result": {"applied": True}})
        (change,) = request["params"]["edit"]["documentChanges"]
        (edit,) = change["edits"]
        document = self.documents[change["textDocument"]["uri"]]
        self.write(document.change([{"range": edit["range"], "text": edit["newText"]}]))

    def next_edit(self) -> Any:
        """The next applyEdit request."""
        while (message := self.receive()).get("method") != "workspace/applyEdit":
            self.follow(message)
        return message

    def cpu_seconds(self) -> float:
        """Of all threads, from the scheduler: finer than the ticks of /proc/PID/stat."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _cut(self) -> Any:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        (line,) = [one for one in bytes(self._buffer[:end]).split(b"\r\n") if one.startswith(b"Content-Length:")]
        length = int(line.partition(b":")[2])
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        return json.loads(body)


@dataclass
class Times:
    """Of one document size, in seconds."""

    keys: list[float] = field(default_factory=list)
    echoes: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def ratio(self) -> float:
        return statistics.median(self.keys) / statistics.median(self.echoes)

    def row(self) -> str:
        hundredths = statistics.quantiles(self.keys, n=100)
        echo, key = statistics.median(self.echoes) * 1e3, statistics.median(self.keys) * 1e3
        return (
            f"{echo:>8.2f} ms{key:>8.2f} ms{hundredths[89] * 1e3:>8.2f}{hundredths[98] * 1e3:>8.2f}"
            f"{self.ratio():>8.2f}{self.cpu / len(self.keys) * 1e3:>10.2f} ms"
        )


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def text_of(size: int) -> str:
    """Lines of code, about so many characters."""
    line = "    result = combine(first, second, key=lambda item: item.name)\n"
    return line * (size // len(line))


def measure(blocks: int, hub: HubProcess, echo: ClientConnection, folder: Path) -> dict[int, Times]:
    """Both sizes, by turns."""
    folders = share_and_join(folder, hub)
    editors = [Editor(folders.ada), Editor(folders.bob)]
    pick = random.Random(1)
    try:
        for editor in editors:
            for size in SIZES:
                editor.open(f"{size}.py", text_of(size))
            editor.wait_until_shared()
        found = {size: Times() for size in SIZES}
        for number in range(WARM_UP_BLOCKS + blocks):
            for size in SIZES:
                times = found[size] if number >= WARM_UP_BLOCKS else Times()
                type_block(editors, f"{size}.py", pick.randrange(text_of(size).count("\n")), echo, times)
        return found
    finally:
        for editor in editors:
            editor.stop()


def type_block(editors: list[Editor], name: str, line: int, echo: ClientConnection, times: Times) -> None:
    """The editors take turns; each key's arrival is awaited and reported back, and before it an echo is asked."""
    payload = os.urandom(PAYLOAD)
    before = sum(editor.cpu_seconds() for editor in editors)
    for character in range(BLOCK):
        begin = time.perf_counter()
        echo.send(payload)
        echo.recv()
        times.echoes.append(time.perf_counter() - begin)
        typist, reader = editors[character % 2], editors[1 - character % 2]
        place = {"line": line, "character": character}
        document = typist.documents[(typist.folder / name).as_uri()]
        data = document.change([{"range": {"start": place, "end": place}, "text": "x"}])
        begin = time.perf_counter()
        typist.write(data)
        request = reader.next_edit()
        times.keys.append(time.perf_counter() - begin)
        reader.follow(request)
        time.sleep(PAUSE_SECONDS)
    times.cpu += sum(editor.cpu_seconds() for editor in editors) - before


async def echo_server(port: int) -> None:
    """What `websockets` needs to send a message back, and nothing else."""

    async def answer(socket: ServerConnection) -> None:
        async for message in socket:
            await socket.send(message)

    async with serve(answer, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


def connected(port: int) -> ClientConnection:
    """A connection to the echo, once it listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}", compression=None, proxy=None)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def commit_milliseconds(folder: Path, commits: int = 200) -> float:
    """The median time that SQLite takes here to make one small row durable."""
    times = []
    with contextlib.closing(sqlite3.connect(folder / "commits.sqlite3", isolation_level=None)) as database:
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE rows (content BLOB)"):
            database.execute(statement)
        for _ in range(commits):
            begin = time.perf_counter()
            database.execute("INSERT INTO rows VALUES (?)", (bytes(PAYLOAD),))
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def measure_all(blocks: int, echo: ClientConnection, folder: Path) -> None:
    """Print the table, row by row."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {blocks * BLOCK} keystrokes per row")
    print(f"{'hub':8}{'text':>9}{'echo p50':>11}{'key p50':>11}{'p90':>8}{'p99':>8}{'x echo':>8}{'CPU of both':>13}")
    for store, url in (("memory", "memory:"), ("SQLite", None)):
        (folder / store).mkdir()
        with HubProcess(folder / store / "hub", database_url=url) as hub:
            found = measure(blocks, hub, echo, folder / store)
        for size, times in found.items():
            print(f"{store:8}{size // 1000:>6} kB{times.row()}")
        growth = statistics.median(found[SIZES[1]].keys) / statistics.median(found[SIZES[0]].keys) - 1
        print(f"{'':8}p50 of 1 MB against 10 kB: {growth:+.0%}")
    print("to reach, in memory: x echo <= 4, CPU <= 1.2 ms, 1 MB against 10 kB <= +10 %")
    print(f"one commit of SQLite takes {commit_milliseconds(folder):.2f} ms here")


def main(arguments: list[str]) -> None:
    """The echo server as a process of its own, or the table."""
    if arguments[:1] == ["--echo"]:
        asyncio.run(echo_server(int(arguments[1])))
        return
    port = free_port()
    echo_process = subprocess.Popen([sys.executable, "-m", "bench.keystroke", "--echo", str(port)])
    try:
        with tempfile.TemporaryDirectory() as name, connected(port) as echo:
            measure_all(int(arguments[0]) if arguments else BLOCKS, echo, Path(name))
    finally:
        echo_process.kill()
        echo_process.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
