"""A language server that knows nothing: it keeps what its editor says, and asks for edits when it is told to.

Run as `pair-ls lsp` by a real editor. It listens on the socket named by RECORDER_SOCKET; each line there is JSON, an
edit to ask for or an empty object, and is answered by a line with all that the editor has said so far.
"""

import json
import os
import select
import socket
from typing import Any

from tests.end_to_end.real_editors.base_protocol import Messages

KEPT = ("textDocument/didOpen", "textDocument/didChange", "textDocument/didSave", "textDocument/didClose")
CAPABILITIES = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": True}},
}


class Recorder:
    """One editor. `said` is what it said, in order: notifications as they are, answers as [id, applied]."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self._messages = Messages()
        self._uri = ""
        self._asked = 0
        self.is_over = False

    def feed(self, data: bytes) -> None:
        for message in self._messages.feed(data):
            self._take(message)

    def _take(self, message: Any) -> None:
        method = message.get("method")
        if method is None:
            result = message.get("result")
            self.said.append(["answer", bool(isinstance(result, dict) and result.get("applied"))])
        elif method in KEPT:
            self._uri = message["params"]["textDocument"]["uri"]
            self.said.append([method, message["params"]])
        elif method == "exit":
            self.is_over = True
        elif "id" in message:
            result = {"capabilities": CAPABILITIES} if method == "initialize" else None
            self._messages.send({"id": message["id"], "result": result})

    def ask(self, edit: Any) -> None:
        """workspace/applyEdit of one text edit: {"version", "range", "newText"}."""
        self._asked += 1
        document = {"uri": self._uri, "version": edit["version"]}
        change = {"textDocument": document, "edits": [{"range": edit["range"], "newText": edit["newText"]}]}
        params = {"edit": {"documentChanges": [change]}}
        self._messages.send({"id": f"edit-{self._asked}", "method": "workspace/applyEdit", "params": params})


def main() -> None:
    recorder = Recorder()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.environ["RECORDER_SOCKET"])
        listener.listen()
        while not recorder.is_over:
            inputs = [0, listener.fileno()]
            ready, _, _ = select.select(inputs, [], [])
            if 0 in ready:
                data = os.read(0, 1 << 16)
                if not data:
                    return
                recorder.feed(data)
            else:
                asked, _ = listener.accept()
                with asked, asked.makefile("rw", encoding="utf-8") as line:
                    request = json.loads(line.readline())
                    if request:
                        recorder.ask(request)
                    line.write(json.dumps(recorder.said) + "\n")


if __name__ == "__main__":
    main()
