"""A websocket client that keeps no rules: raw frames on a raw socket, for tests of what a hub does then."""

import base64
import json
import os
import socket
import struct
from types import TracebackType
from typing import Self

from tests.support.hub_process import HubProcess

BINARY, TEXT, CONTINUATION, CLOSE, PING, PONG = 2, 1, 0, 8, 9, 10


def frame(kind: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    size = len(payload)
    first = (0x80 if fin else 0) | reserved << 4 | kind
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((first, mask_bit | size))
    elif size < 1 << 16:
        head = bytes((first, mask_bit | 126)) + struct.pack(">H", size)
    else:
        head = bytes((first, mask_bit | 127)) + struct.pack(">Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + payload


class Wire:
    """`status` is that of the handshake's answer; `body` what came with a refusal."""

    def __init__(
        self, hub: HubProcess, path: str, *, headers: dict[str, str] | None = None, buffer_bytes: int | None = None
    ) -> None:
        self.socket = socket.socket()
        if buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", hub.port))
        given = {
            "Host": f"127.0.0.1:{hub.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **(headers or {}),
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))
        self._received = b""
        while b"\r\n\r\n" not in self._received:
            self._more()
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        self.head = head.decode("latin-1")
        self.status = int(self.head.split(" ", 2)[1])

    @property
    def problem(self) -> str:
        """The code of the refusal."""
        while not self._received.endswith(b"}"):
            self._more()
        code: str = json.loads(self._received)["code"]
        return code

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> tuple[int, bytes]:
        """The next frame: kind and payload."""
        while True:
            data = self._received
            if len(data) >= 2:
                size, at = data[1] & 127, 2
                if size == 126 and len(data) >= 4:
                    size, at = int.from_bytes(data[2:4], "big"), 4
                elif size == 127 and len(data) >= 10:
                    size, at = int.from_bytes(data[2:10], "big"), 10
                if size not in (126, 127) and len(data) >= at + size:
                    self._received = data[at + size :]
                    return data[0] & 15, data[at : at + size]
            self._more()

    def close_code(self) -> int:
        """Reads until the hub says goodbye; 0 if it just hangs up."""
        try:
            while True:
                kind, payload = self.read()
                if kind == CLOSE:
                    return int.from_bytes(payload[:2], "big")
        except (ConnectionError, EOFError):
            return 0

    def is_cut(self) -> bool:
        """Reads on until there is no more."""
        try:
            while True:
                self._more()
        except (ConnectionError, EOFError):
            return True
        except TimeoutError:
            return False

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError
        self._received += data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
