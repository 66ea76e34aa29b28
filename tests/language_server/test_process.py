"""The process as an editor starts it, at the LSP boundary: lifecycle, capabilities, and nothing but LSP on stdout."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient, make_test_lsp_client

from tests.support.json_rpc import until
from tests.support.processes import PAIR_LS, clean_environment

MOST_OF_PYGLS = 2.5  # it is 1.7; some 0.5 s on a quiet machine, where 0.8 are wanted
COMMANDS = {
    *("pair.share", "pair.shareWorkspace", "pair.join", "pair.leave", "pair.status", "pair.who", "pair.follow"),
    *("pair.undo", "pair.redo", "pair.invite", "pair.revokeInvite", "pair.setRole", "pair.kick"),
    *("pair.history", "pair.textAt", "pair.restore"),
}


def environment(tmp_path: Path) -> dict[str, str]:
    return clean_environment({"PAIR_LS_CONFIG": str(tmp_path / "config.toml"), "PAIR_LS_NAME": "tester"})


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[LanguageClient]:
    client = make_test_lsp_client()
    await client.start_io(*PAIR_LS, "lsp", "--stdio", env=environment(tmp_path))
    try:
        yield client
    finally:
        async with asyncio.timeout(10):
            await client.shutdown_session()
            await client.stop()  # type: ignore[no-untyped-call]  # pytest-lsp annotates some methods only


async def initialize(client: LanguageClient, *encodings: str) -> types.InitializeResult:
    general = types.GeneralClientCapabilities(position_encodings=list(encodings) or None)
    params = types.InitializeParams(capabilities=types.ClientCapabilities(general=general), process_id=os.getpid())
    async with asyncio.timeout(10):
        return await client.initialize_session(params)


async def test_it_says_what_it_can_do(client: LanguageClient) -> None:
    capabilities = (await initialize(client)).capabilities
    sync = capabilities.text_document_sync
    assert isinstance(sync, types.TextDocumentSyncOptions)
    assert (sync.open_close, sync.change) == (True, types.TextDocumentSyncKind.Incremental)
    assert isinstance(sync.save, types.SaveOptions)
    assert sync.save.include_text
    assert capabilities.execute_command_provider is not None
    assert set(capabilities.execute_command_provider.commands) >= COMMANDS
    assert capabilities.inlay_hint_provider


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ((), "utf-16"),
        (("utf-8", "utf-16", "utf-32"), "utf-16"),
        (("utf-32", "utf-8"), "utf-32"),
        (("utf-8",), "utf-8"),
    ],
)
async def test_positions_are_utf_16_where_the_editor_can(
    client: LanguageClient, offered: tuple[str, ...], chosen: str
) -> None:
    assert (await initialize(client, *offered)).capabilities.position_encoding == chosen


async def test_a_command_that_fails_is_an_error_with_a_sentence(client: LanguageClient) -> None:
    await initialize(client)
    for command, arguments, sentence in [
        ("pair.undo", ["file:///a.py"], "not shared"),
        ("pair.undo", [], "uri"),
        ("pair.share", [], "no folder is open"),
        ("pair.nothing", [], "not defined"),
    ]:
        params = types.ExecuteCommandParams(command=command, arguments=list(arguments))
        with pytest.raises(JsonRpcException, match=sentence):
            await client.workspace_execute_command_async(params)
    assert client.messages == []


async def test_in_no_room_it_does_nothing_but_says_so(client: LanguageClient, tmp_path: Path) -> None:
    await initialize(client)
    document = types.TextDocumentItem((tmp_path / "é.py").as_uri(), "python", 1, "x\n")
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    status = await client.workspace_execute_command_async(types.ExecuteCommandParams(command="pair.status"))
    assert isinstance(status, dict)
    assert (status["state"], status["summary"]) == ("none", "in no room.")
    who = await client.workspace_execute_command_async(types.ExecuteCommandParams(command="pair.who"))
    assert who == {"participants": [], "summary": "You are in no room."}


async def test_an_unknown_or_broken_notification_is_not_shown_to_the_user(client: LanguageClient) -> None:
    await initialize(client)
    for method in ("pair/unknown", "textDocument/didChange", "textDocument/didSave", "$/unknown"):
        assert client.protocol.writer is not None
        client.protocol.writer.write(frame(f'{{"jsonrpc":"2.0","method":"{method}","params":{{"x":1}}}}'))
    await client.workspace_execute_command_async(types.ExecuteCommandParams(command="pair.status"))
    assert client.messages == []


async def test_a_broken_setting_is_told_and_the_server_starts_all_the_same(tmp_path: Path) -> None:
    client = make_test_lsp_client()
    broken = {**environment(tmp_path), "PAIR_LS_LOG_LEVEL": "loud"}
    await client.start_io(*PAIR_LS, "lsp", env=broken)
    try:
        await initialize(client)
        await until(lambda: bool(client.messages), what="a message")
        assert "PAIR_LS_LOG_LEVEL" in client.messages[0].message
    finally:
        await client.shutdown_session()
        await client.stop()  # type: ignore[no-untyped-call]  # pytest-lsp annotates some methods only


def frame(body: str) -> bytes:
    return f"Content-Length: {len(body)}\r\n\r\n{body}".encode()


INITIALIZE = frame('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}')
SHUTDOWN = frame('{"jsonrpc":"2.0","id":2,"method":"shutdown"}')
EXIT = frame('{"jsonrpc":"2.0","method":"exit"}')


def run(tmp_path: Path, data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [*PAIR_LS, "lsp", *arguments]
    return subprocess.run(command, input=data, capture_output=True, env=environment(tmp_path), timeout=30, check=False)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (INITIALIZE + SHUTDOWN + EXIT, 0),
        (INITIALIZE + EXIT, 1),
        (INITIALIZE, 1),
        (b"", 1),
    ],
    ids=["orderly", "without shutdown", "end of input", "nothing"],
)
def test_the_exit_code_says_whether_the_editor_ended_in_order(tmp_path: Path, data: bytes, code: int) -> None:
    done = run(tmp_path, data, "--stdio", "--clientProcessId", "1")
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout == b"" or done.stdout.startswith(b"Content-Length: ")


def test_it_reads_a_regular_file_as_input_too(tmp_path: Path) -> None:
    """Where the loop cannot watch stdin a thread reads it."""
    (tmp_path / "input").write_bytes(INITIALIZE + SHUTDOWN + EXIT)
    with (tmp_path / "input").open("rb") as source, (tmp_path / "output").open("wb") as target:
        command = [*PAIR_LS, "lsp"]
        done = subprocess.run(command, stdin=source, stdout=target, env=environment(tmp_path), timeout=30, check=False)
    assert done.returncode == 0
    assert b"positionEncoding" in (tmp_path / "output").read_bytes()


def test_what_a_library_prints_does_not_reach_the_editor(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pair_ls.language_server import server\\n"
        "from pair_ls.settings import LanguageServerSettings\\n"
        "begin = server.Workspace.begin\\n"
        "def noisy(self, client):\\n"
        "    print('stray'); os.write(1, b'stray'); begin(self, client)\\n"
        "server.Workspace.begin = noisy\\n"
        "sys.exit(server.run(LanguageServerSettings))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program.replace("\\n", "\n")],
        input=INITIALIZE + SHUTDOWN + EXIT,
        capture_output=True,
        env=environment(tmp_path),
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"stray" not in done.stdout
    assert done.stderr.count(b"stray") == 2


def test_it_ends_in_order_when_it_is_asked_by_a_signal(tmp_path: Path) -> None:
    command = [*PAIR_LS, "lsp"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(tmp_path)
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(INITIALIZE)
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def _processor_seconds(work: Callable[[], object]) -> float:
    """What child processes took for it, the least of three: other work may share the machine."""
    took = []
    for _ in range(3):
        before = os.times()
        work()
        after = os.times()
        took.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(took)


def test_it_starts_quickly_and_without_the_hubs_libraries(tmp_path: Path) -> None:
    """From process start to the answer to `initialize`, compared with what importing pygls alone takes here."""
    start = _processor_seconds(lambda: run(tmp_path, INITIALIZE))
    pygls = _processor_seconds(lambda: subprocess.run([sys.executable, "-c", "import pygls.lsp.server"], check=True))
    assert start <= MOST_OF_PYGLS * pygls
    program = "import pair_ls.language_server.server, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"fastapi", "uvicorn", "sqlalchemy", "openai", "alembic", "pydantic"} & set(loaded)


def test_a_fault_is_logged_without_what_somebody_wrote(tmp_path: Path) -> None:
    script = (
        "import logging; from pathlib import Path; from pair_ls.language_server.server import set_up_log;"
        " from pair_ls.settings import LanguageServerSettings;"
        f" set_up_log(LanguageServerSettings(log_file=Path({str(tmp_path / 'log')!r})))\n"
        "try: {}['what somebody wrote']\n"
        "except KeyError: logging.getLogger('pair_ls').exception('a handler failed')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
    told = (tmp_path / "log").read_text()
    assert "ERROR pair_ls: a handler failed" in told
    assert told.rstrip().endswith("builtins.KeyError")
    assert "wrote" not in told
