"""The base protocol of the LSP, for stand-ins that a real editor starts as its `pair-ls lsp`. Standard library only."""

import json
import os
from collections.abc import Iterator
from typing import Any


class Messages:
    """Takes what comes on stdin, gives whole messages; writes messages to stdout."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Any]:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            yield json.loads(rest[:length])

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        os.write(1, b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
