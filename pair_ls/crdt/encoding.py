"""The lib0 encoding that Yjs speaks: variable-length numbers, strings and bytes. Bounded, linear time, no recursion.

Readers take the bytes and where to read, and give the value and where it ended. Source: lib0 encoding.js, decoding.js.
"""

from pair_ls.errors import RefusedBytes

LARGEST_UINT = 2**53 - 1
_MOST_BITS = 56


def malformed(what: str) -> RefusedBytes:
    """The refusal of bytes that do not follow the encoding."""
    return RefusedBytes(f"Malformed bytes: {what}.", code="malformed-bytes")


def read_var_uint(data: bytes, at: int, largest: int = LARGEST_UINT) -> tuple[int, int]:
    """A number of at most eight bytes and at most `largest`, seven bits a byte, lowest first."""
    value = 0
    for shift in range(0, _MOST_BITS, 7):
        if at >= len(data):
            raise malformed("a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value > largest:
                raise malformed(f"the number {value} is larger than {largest}")
            return value, at
    raise malformed("a number has too many bytes")


def read_var_bytes(data: bytes, at: int, largest: int = LARGEST_UINT) -> tuple[bytes, int]:
    """Bytes after their length; nothing is set aside before the length is known to be there."""
    length, at = read_var_uint(data, at, largest)
    end = at + length
    if end > len(data):
        raise malformed("a string or byte sequence is cut off")
    return data[at:end], end


def read_var_string(data: bytes, at: int, largest: int = LARGEST_UINT) -> tuple[str, int]:
    """UTF-8 text after its length in bytes (at most `largest`)."""
    raw, at = read_var_bytes(data, at, largest)
    try:
        return raw.decode(), at
    except UnicodeDecodeError as error:
        raise malformed("a string is not UTF-8") from error


def write_var_uint(value: int) -> bytes:
    """The bytes of a number from 0 up."""
    if 0 <= value < 128:
        return value.to_bytes(1, "little")
    if not 0 <= value <= LARGEST_UINT:
        raise ValueError(f"{value} does not fit the encoding")
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_var_bytes(data: bytes) -> bytes:
    """The length, then the bytes."""
    return write_var_uint(len(data)) + data


def write_var_string(text: str) -> bytes:
    """The length in bytes of UTF-8, then these."""
    return write_var_bytes(text.encode())
