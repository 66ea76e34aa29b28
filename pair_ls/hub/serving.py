"""`pair-ls hub`: from settings to a process that serves, and back to an exit code."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn

from pair_ls.errors import PairError, SettingsError, StoreUnavailable
from pair_ls.hub import logs
from pair_ls.hub.app import make_app
from pair_ls.hub.front_door import FrontDoor
from pair_ls.hub.hub import Hub
from pair_ls.hub.socket import RoomSocket
from pair_ls.hub.tokens import signing_key
from pair_ls.settings import Access, HubSettings, is_loopback
from pair_ls.storage import open_store

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_WRONG_SETTING = 2
EXIT_STORE_UNAVAILABLE = 3
_SWITCH_SECONDS = 0.0005
"""How long a thread may keep the interpreter: the one that commits must not wait the usual 5 ms for the event loop."""
_COLLECT_AFTER = (50_000, 20, 100)
"""Looking for garbage in cycles costs an eighth of a busy hub at Python's defaults; there is hardly any here."""
_BACKLOG = 4096
_KERNEL_BUFFER_BYTES = 256 << 10
_END_SECONDS = 4


def serve(settings: HubSettings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. Talks to people on stderr, one sentence if it cannot start."""
    logs.configure(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
    try:
        with contextlib.closing(_listen(settings)) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(settings, listener))
    except SettingsError as error:
        return _said(error.message, EXIT_WRONG_SETTING)
    except StoreUnavailable as error:
        return _said(error.message, EXIT_STORE_UNAVAILABLE)
    except PairError as error:
        return _said(error.message, EXIT_FAILED)


async def _serve(settings: HubSettings, listener: socket.socket) -> int:
    asyncio.get_running_loop().set_exception_handler(logs.unhandled)
    key = signing_key(settings.data_dir, settings.signing_key)
    store = await open_store(
        settings.database, spool_file=settings.data_dir / "spool.sqlite3", log_sql=settings.log_sql
    )
    hub = Hub(settings, store, key)
    hub.public_url = settings.public_url or _own_url(settings.host, listener)
    server = _server(hub)
    _greet(hub)
    with contextlib.suppress(KeyboardInterrupt):
        await server.serve(sockets=[listener])
    return EXIT_DONE if hub.fatal is None else _said(hub.fatal, EXIT_STORE_UNAVAILABLE)


def _listen(settings: HubSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
        # Connections inherit it: what waits in the kernel for a slow reader is bounded too.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER_BYTES)
        return listener
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            sentence = f"{address} is taken, perhaps by another hub; choose another with --port, or --port 0 for any."
        else:
            sentence = f"The hub cannot listen on {address}: {error.strerror}."
        raise PairError(sentence, code="cannot-listen") from error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where it exists: half the cost of a message."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _server(hub: Hub) -> uvicorn.Server:
    config = uvicorn.Config(
        make_app(hub),
        http=FrontDoor,
        ws=RoomSocket,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_END_SECONDS,
    )
    server = uvicorn.Server(config)
    # uvicorn raises the signal that ended it once more, for whoever handled it before: that shall be nobody.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    def exit_soon() -> None:
        server.should_exit = True

    hub.exit_soon = exit_soon
    return server


def _own_url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):
        host = _address_of_this_machine()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _address_of_this_machine() -> str:
    """The address from which this machine would reach others; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _greet(hub: Hub) -> None:
    settings = hub.settings
    access = settings.access_in_force
    who = "whoever knows a room's id may edit" if access is Access.OPEN else "rooms open by invite only"
    _say(f"{hub.public_url} ({who})")
    if access is Access.OPEN and not is_loopback(settings.host):
        _say("access is open on an address that others reach: anybody who knows a room's id may edit it.")


def _said(sentence: str, code: int) -> int:
    _say(sentence)
    return code


def _say(sentence: str) -> None:
    sys.stderr.write(f"pair-ls hub: {sentence}\n")
    sys.stderr.flush()
