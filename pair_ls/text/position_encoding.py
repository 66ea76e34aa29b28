"""What one `character` of a position counts: UTF-8 bytes, UTF-16 units or code points (LSP PositionEncodingKind)."""

import enum


class PositionEncoding(enum.Enum):
    """The value is the name that LSP uses on the wire. UTF-32 units are code points, our inner unit."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def units(text: str, encoding: PositionEncoding) -> int:
    """How many units of `encoding` the text takes. A lone surrogate counts as three bytes or one UTF-16 unit."""
    if text.isascii() or encoding is PositionEncoding.UTF32:
        return len(text)
    if encoding is PositionEncoding.UTF16:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def code_points(text: str, count: int, encoding: PositionEncoding) -> int:
    """How many code points of the text fit into its first `count` units: rounds down inside one, stops at the end."""
    if text.isascii() or encoding is PositionEncoding.UTF32:
        return min(count, len(text))
    if encoding is PositionEncoding.UTF16:
        return _code_points_of_utf16(text.encode("utf-16-le", "surrogatepass"), count * 2)
    return _code_points_of_utf8(text.encode("utf-8", "surrogatepass"), count)


def replace_lone_surrogates(text: str) -> str:
    """The text with each half of a broken surrogate pair as U+FFFD and each whole pair as the character it means.

    JSON may escape such halves; neither UTF-8 nor the CRDT can hold them. The number of UTF-16 units stays the same,
    so positions that a UTF-16 editor sends still fit; replace them before the text enters a LineIndex.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _code_points_of_utf16(raw: bytes, size: int) -> int:
    if 0 < size < len(raw) and raw[size - 1] & 0xFC == 0xD8 and raw[size + 1] & 0xFC == 0xDC:
        size -= 2  # between the halves of a pair
    return len(raw[:size].decode("utf-16-le", "surrogatepass"))


def _code_points_of_utf8(raw: bytes, size: int) -> int:
    size = min(size, len(raw))
    while 0 < size < len(raw) and raw[size] & 0xC0 == 0x80:  # a continuation byte: inside a character
        size -= 1
    return len(raw[:size].decode("utf-8", "surrogatepass"))
