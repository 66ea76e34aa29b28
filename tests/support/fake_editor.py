"""An editor without a screen: a real `pair-ls lsp` on stdio, and buffers kept as an editor keeps them.

Strict and truthful as VS Code is: an edit for another version is refused, and told so; one that is applied is echoed
in a didChange. Its texts and positions are computed here, without `pair_ls.text`, so that they can judge it.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.json_rpc import LanguageServerProcess, until

Encoding = str  # "utf-8", "utf-16", "utf-32"
UNIT_BYTES = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


@dataclass
class Buffer:
    """An open document: its text with the line ends of the file, and the editor's counter."""

    uri: str
    text: str
    version: int


def line_starts(text: str) -> list[int]:
    """Where lines begin, by code point; \\n, \\r\\n and \\r end a line, and nothing else does."""
    starts = [0]
    if "\r" not in text:
        while end := text.find("\n", starts[-1]) + 1:  # the quick way, for long traces
            starts.append(end)
        return starts
    for at, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[at + 1 : at + 2] != "\n"):
            starts.append(at + 1)
    return starts


def position(text: str, offset: int, encoding: Encoding) -> dict[str, int]:
    """The LSP position of a code point offset."""
    if "\r" not in text:
        line, start = text.count("\n", 0, offset), text.rfind("\n", 0, offset) + 1
    else:
        starts = [start for start in line_starts(text) if start <= offset]
        line, start = len(starts) - 1, starts[-1]
    return {"line": line, "character": len(text[start:offset].encode(CODEC[encoding])) // UNIT_BYTES[encoding]}


def offset(text: str, at: Mapping[str, int], encoding: Encoding) -> int:
    """The code point offset of an LSP position, which must be one that exists."""
    starts = line_starts(text)
    start = starts[at["line"]]
    end = starts[at["line"] + 1] if at["line"] + 1 < len(starts) else len(text)
    before = text[start:end].encode(CODEC[encoding])[: at["character"] * UNIT_BYTES[encoding]]
    return start + len(before.decode(CODEC[encoding]))


class FakeEditor:
    """Use it in an `async with`; `name` names a document below the folder."""

    def __init__(
        self,
        folder: Path,
        *,
        arguments: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
        capabilities: Mapping[str, object] | None = None,
        options: object = None,
        encodings: Sequence[Encoding] = ("utf-16",),
        log_folder: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.arguments = arguments
        self.extra = extra
        self.capabilities = capabilities or {}
        self.options = options
        self.encodings = encodings
        self.log_folder = log_folder or folder.parent / f"{folder.name}.logs"
        self.buffers: dict[str, Buffer] = {}
        self.notifications: list[tuple[str, Any]] = []
        self.requests: list[tuple[str, Any]] = []
        self.refused = 0
        self.choose: Callable[[Any], Any] = lambda params: None  # answers window/showMessageRequest
        self.accepts_edits = True
        self.shows_documents = True
        self.encoding: Encoding = "utf-16"
        self.server: LanguageServerProcess

    # -- life

    async def start(self) -> Self:
        """Start the server and finish the handshake."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.server = await LanguageServerProcess.start(
            log_folder=self.log_folder, arguments=self.arguments, extra=self.extra
        )
        self.server.on_request = self._on_request
        self.server.on_notification = lambda method, params: self.notifications.append((method, params))
        answer = await self.server.request("initialize", self._initialize())
        self.encoding = answer["capabilities"].get("positionEncoding", "utf-16")
        self.server.notify("initialized", {})
        return self

    async def stop(self) -> int:
        """As an editor closes."""
        return await self.server.stop()

    async def __aenter__(self) -> Self:
        try:
            return await self.start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self, "server"):
            await self.stop()

    def _initialize(self) -> dict[str, object]:
        capabilities: dict[str, object] = {
            "general": {"positionEncodings": list(self.encodings)},
            "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}, "workspaceFolders": True},
            "textDocument": {"synchronization": {"didSave": True}},
            "window": {"showMessage": {}, "showDocument": {"support": True}, "workDoneProgress": True},
        }
        return {
            "processId": None,
            "clientInfo": {"name": "fake editor"},
            "rootUri": self.folder.as_uri(),
            "workspaceFolders": [{"uri": self.folder.as_uri(), "name": self.folder.name}],
            "capabilities": {**capabilities, **self.capabilities},
            "initializationOptions": self.options,
        }

    # -- what its user does

    def open(self, name: str, text: str | None = None, *, language: str = "plaintext") -> None:
        """Open a document: with the text of the file, or with `text`."""
        file = self.folder / name
        if text is None:
            text = file.read_bytes().decode() if file.exists() else ""
        buffer = Buffer(file.as_uri(), text, 1)
        self.buffers[name] = buffer
        item = {"uri": buffer.uri, "languageId": language, "version": buffer.version, "text": text}
        self.server.notify("textDocument/didOpen", {"textDocument": item})

    def replace(self, name: str, start: int, end: int, new_text: str) -> None:
        """Type, paste or delete: text[start:end] becomes `new_text`, told at once. Offsets are code points."""
        buffer = self.buffers[name]
        places = {
            "start": position(buffer.text, start, self.encoding),
            "end": position(buffer.text, end, self.encoding),
        }
        buffer.text = buffer.text[:start] + new_text + buffer.text[end:]
        self._changed(buffer, [{"range": places, "text": new_text}])

    def append(self, name: str, new_text: str) -> None:
        """Type at the end."""
        end = len(self.buffers[name].text)
        self.replace(name, end, end, new_text)

    def save(self, name: str) -> None:
        """Write the file and tell the server, with the text."""
        buffer = self.buffers[name]
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(buffer.text.encode())
        self.server.notify("textDocument/didSave", {"textDocument": {"uri": buffer.uri}, "text": buffer.text})

    def close(self, name: str) -> None:
        buffer = self.buffers.pop(name)
        self.server.notify("textDocument/didClose", {"textDocument": {"uri": buffer.uri}})

    async def command(self, name: str, *arguments: object, seconds: float = 30) -> Any:
        """workspace/executeCommand; its result."""
        params = {"command": name, "arguments": list(arguments)}
        return await self.server.request("workspace/executeCommand", params, seconds=seconds)

    # -- what its user sees

    def text(self, name: str) -> str:
        return self.buffers[name].text

    def said(self) -> list[str]:
        """What was shown to the user so far."""
        shown = [params["message"] for method, params in self.notifications if method == "window/showMessage"]
        return shown + [params["message"] for method, params in self.requests if method == "window/showMessageRequest"]

    async def until_text(self, name: str, text: str, *, seconds: float = 20) -> None:
        """Wait until the buffer is exactly this; the failure shows where it differs."""
        try:
            await until(lambda: self.buffers[name].text == text, what=f"{name} has the expected text", seconds=seconds)
        except TimeoutError:
            assert self.buffers[name].text == text

    # -- what the server asks

    def _on_request(self, method: str, params: Any) -> Any:
        self.requests.append((method, params))
        match method:
            case "workspace/applyEdit":
                return self._apply_edit(params["edit"])
            case "window/showMessageRequest":
                return self.choose(params)
            case "window/showDocument":
                return {"success": self.shows_documents}
            case "workspace/configuration":
                return [None for _ in params["items"]]
            case _:
                return None

    def _apply_edit(self, edit: Any) -> dict[str, object]:
        """All or nothing, and only for the versions that are open. The echo follows the answer, as in VS Code."""
        changes = [(self._buffer(one["textDocument"]["uri"]), one) for one in edit["documentChanges"]]
        for buffer, one in changes:
            if buffer is None or one["textDocument"]["version"] != buffer.version or not self.accepts_edits:
                self.refused += 1
                return {"applied": False}
        for buffer, one in changes:
            if buffer is not None:
                self._apply(buffer, one["edits"])
        return {"applied": True}

    def _buffer(self, uri: str) -> Buffer | None:
        return next((buffer for buffer in self.buffers.values() if buffer.uri == uri), None)

    def _apply(self, buffer: Buffer, edits: Any) -> None:
        """Simultaneous edits, from the last to the first; told as sequential changes in the same order."""
        text = buffer.text
        ordered = sorted(edits, key=lambda edit: offset(text, edit["range"]["start"], self.encoding), reverse=True)
        for edit in ordered:
            start = offset(text, edit["range"]["start"], self.encoding)
            end = offset(text, edit["range"]["end"], self.encoding)
            buffer.text = buffer.text[:start] + edit["newText"] + buffer.text[end:]
        changes = [{"range": edit["range"], "text": edit["newText"]} for edit in ordered]
        buffer.version += 1
        version = buffer.version
        self.server.after_answer.append(lambda: self._tell(buffer, version, changes))

    def _changed(self, buffer: Buffer, changes: list[dict[str, object]]) -> None:
        buffer.version += 1
        self._tell(buffer, buffer.version, changes)

    def _tell(self, buffer: Buffer, version: int, changes: list[dict[str, object]]) -> None:
        document = {"uri": buffer.uri, "version": version}
        with contextlib.suppress(ConnectionError):
            self.server.notify("textDocument/didChange", {"textDocument": document, "contentChanges": changes})
