"""The websocket frames (RFC 6455 section 5.2) that nearly all traffic consists of, read and written quickly. Pure.

Common from a client: FIN, masked, binary, below 64 KiB; and pongs, which need no answer. `websockets` reads the others.
"""

from websockets.frames import Close

try:
    from websockets.speedups import apply_mask
except ImportError:  # the wheel of some platforms has no C part
    from websockets.utils import apply_mask

PING = b"\x89\x00"
_BINARY = 0x82
_TEXT = 0x81
_PONG = 0x8A
_CLOSE = 0x88
_MASKED = 0x80


def read_common(data: bytes, at: int, messages: list[bytes]) -> tuple[int, int]:
    """Appends the payloads of common frames from `at` on; where the first other or incomplete one starts, and pongs."""
    pongs = 0
    end_of_data = len(data)
    while end_of_data - at >= 6:
        size = data[at + 1] - _MASKED
        if 0 <= size < 126:
            start = at + 6
        elif size == 126:
            size = data[at + 2] << 8 | data[at + 3]
            start = at + 8
        else:
            break
        end = start + size
        if end > end_of_data:
            break
        kind = data[at]
        if kind == _BINARY:
            messages.append(apply_mask(data[start:end], data[start - 4 : start]))
        elif kind == _PONG:
            pongs += 1
        else:
            break
        at = end
    return at, pongs


def frame_size(data: bytes | bytearray, at: int) -> int | None:
    """Bytes of the whole frame at `at`, of any kind; None while its header is incomplete."""
    rest = len(data) - at
    if rest < 2:
        return None
    size = data[at + 1] & 127
    mask = 4 if data[at + 1] & _MASKED else 0
    if size < 126:
        return 2 + mask + size
    extended = 2 if size == 126 else 8
    if rest < 2 + extended:
        return None
    return 2 + extended + mask + int.from_bytes(data[at + 2 : at + 2 + extended], "big")


_SMALL_HEADS = tuple(bytes((_BINARY, size)) for size in range(126))


def binary_frame(payload: bytes) -> bytes:
    """A binary message as a hub sends it: in one frame, unmasked."""
    size = len(payload)
    return _SMALL_HEADS[size] + payload if size < 126 else _frame(_BINARY, payload)


def text_frame(text: str) -> bytes:
    """A text message as a hub sends it."""
    return _frame(_TEXT, text.encode())


def close_frame(code: int, reason: str) -> bytes:
    """The end of the conversation. A reason too long for a control frame (123 bytes) is cut."""
    fitting = reason.encode()[:123].decode(errors="ignore")
    return _frame(_CLOSE, Close(code, fitting).serialize())


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((kind, size)) + payload
    if size < 1 << 16:
        return bytes((kind, 126, size >> 8, size & 255)) + payload
    return bytes((kind, 127)) + size.to_bytes(8, "big") + payload
