"""`pair-ls lsp`: the process that an editor starts. pygls keeps the lifecycle and the requests; typing goes around it.

Every handler is three beats: read the request, one call to the workspace, answer. Those that change state never wait.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

import pair_ls
from pair_ls.errors import places
from pair_ls.language_server.client import is_alive
from pair_ls.language_server.commands import Commands, register_commands
from pair_ls.language_server.completion_features import register_completion
from pair_ls.language_server.dispatch import Dispatcher
from pair_ls.language_server.editor_client import EditorClient
from pair_ls.language_server.features import register_features
from pair_ls.language_server.transport import StandardStreams, Streams
from pair_ls.language_server.workspace import Workspace
from pair_ls.settings import LanguageServerSettings

log = logging.getLogger(__name__)

EDITOR_CHECK_SECONDS = 5.0
ReadSettings = Callable[[], LanguageServerSettings]


class PairProtocol(LanguageServerProtocol):
    """pygls' protocol without its workspace: that one splits lines at form feeds and changes the parameters it gets.

    Built-ins that are generators leave an entry in `_request_futures` for good; the ones here are plain methods.
    """

    _server: "PairServer"

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Prefer UTF-16, which every editor speaks."""
        _prefer_utf16(params)
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """A file was opened in the editor."""
        document = params.text_document
        self._server.pair.opened(document.uri, document.language_id, document.version, document.text)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Never called: the dispatcher takes it. It stands here so that pygls' own does not."""

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """A file was closed in the editor."""
        self._server.pair.closed(params.text_document.uri)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Generator[Any, Any, None]:
        """End in order, instead of `sys.exit` in the middle of the loop."""
        self._server.end(0 if self._shutdown else 1)
        yield from ()

    # What pygls passes here has no narrower types there, hence Any.
    def _execute_handler(self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None) -> None:
        """Forget each handler when it is done; pygls keeps those of generators and of what they call."""
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))


class PairServer(LanguageServer):
    """The server object of pygls, and beside it what this project is about: `pair`, the workspace."""

    pair: Workspace

    def __init__(self, settings: LanguageServerSettings, read_again: ReadSettings | None = None) -> None:
        """`read_again`: what the settings are by now; without it they stay as they are."""
        super().__init__("pair-ls", pair_ls.__version__, protocol_cls=PairProtocol, converter_factory=default_converter)
        self._settings = settings
        self._ended: asyncio.Future[int]  # made by `serve`
        register_features(self, lambda: self.pair)
        register_completion(self, lambda: self.pair, read_again or (lambda: settings))
        register_commands(self, lambda: Commands(self.pair, settings))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log, not into a pop-up: the user can do nothing about it. A refused request has had its answer."""
        if isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError):
            log.info("a request was refused with %d", error.code)
        else:
            log.error("%s: %s", source.__name__, type(error).__name__, exc_info=error)

    def end(self, exit_code: int) -> None:
        """Let `serve` return."""
        if not self._ended.done():
            self._ended.set_result(exit_code)

    async def serve(self, streams: Streams) -> int:
        """Talk to the editor until it is done; the exit code."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        writer = await streams.open_writer(lambda: self.end(1))
        self.protocol.set_writer(writer)
        self.pair = Workspace(EditorClient(writer), self._settings, loop)
        dispatcher = Dispatcher(self.pair, self._handle)
        await streams.start_reading(dispatcher.receive, lambda: self.end(1))
        watch = loop.create_task(self._watch_editor(), name="editor watch")
        try:
            return await self._ended
        finally:
            watch.cancel()
            await self.pair.stop()
            writer.close()

    async def _watch_editor(self) -> None:
        """LSP: a server whose editor has died ends itself. Usually stdin ends first; not if others hold it open."""
        while os.name == "posix":
            await asyncio.sleep(EDITOR_CHECK_SECONDS)
            if self.process_id is not None and not is_alive(self.process_id):
                log.warning("the editor is gone")
                self.end(1)

    def _handle(self, message: dict[str, Any]) -> None:
        self.protocol.handle_message(self.protocol.structure_message(message))


def run(read_settings: ReadSettings) -> int:
    """Serve the editor on stdin and stdout; the exit code."""
    settings = read_settings()
    set_up_log(settings)
    gc.freeze()  # what the libraries made on import lives as long as we do: the collector need not look at it again
    return asyncio.run(_run(PairServer(settings, read_settings), StandardStreams()))


async def _run(server: PairServer, streams: Streams) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, told: log.error("%s", told["message"], exc_info=told.get("exception")))
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, server.end, 0)
        except NotImplementedError:  # Windows: the process just ends
            break
    return await server.serve(streams)


class _PlacesOnly(logging.Formatter):
    """An exception's message may quote a text: it is left out."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name, and its own type of three that may be None
        return "\n".join(places(ei[1])) if ei[1] is not None else ""


def set_up_log(settings: LanguageServerSettings) -> None:
    """To a file or stderr. pygls' own loggers write whole messages, texts in them, so they stay silent."""
    handler = logging.FileHandler(settings.log_file) if settings.log_file else logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlacesOnly("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level.value.upper(), handlers=[handler])
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
    logging.getLogger("websockets").setLevel(logging.WARNING)


def _prefer_utf16(params: types.InitializeParams) -> None:
    general = params.capabilities.general
    if general is not None and types.PositionEncodingKind.Utf16 in (general.position_encodings or ()):
        general.position_encodings = [types.PositionEncodingKind.Utf16]
