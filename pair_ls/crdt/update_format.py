"""The shape of a Yjs update (format v1) of a flat document, as regular expressions and back.

The few shapes that a flat document can have are a regular language, as nothing is nested; so these find where a struct
ends, in C. Source: yjs src/utils/encoding.js, src/structs/Item.js.

    update  = count of clients, then for each: count of structs, client, first clock, structs; then the deletions
    struct  = info byte, left origin if bit 8, right origin if bit 7, root (and key if bit 6) if neither, content
    content = 4 string | 1 length of deleted content | 8 JSON values          (the low five bits of the info byte)
"""

import re

from pair_ls.crdt.schema import CONTENT, DOCUMENTS

LARGEST_CLOCK = 2**31 - 1
LARGEST_CLIENT = 2**53 - 1

SKIP = 10
DELETED = 1
STRING = 4
JSON = 8

_CLIENT = rb"([\x80-\xff]{0,7}[\x00-\x7f])"
_CLOCK = rb"([\x80-\xff]{0,4}[\x00-\x7f])"
_ID = _CLIENT + _CLOCK


def _root(name: str) -> bytes:
    """A struct without origins says under which root it stands: 1, then the name."""
    return b"\x01" + re.escape(bytes([len(name)]) + name.encode())


match_section = re.compile(_CLOCK + _ID).match
"""Groups: count of structs, client, first clock."""

match_text_struct = re.compile(
    rb"(?:[\x84\x81]%b|[\xc4\xc1]%b%b|[\x44\x41]%b|[\x04\x01]%b)%b" % (_ID, _ID, _ID, _ID, _root(CONTENT), _CLOCK)
).match
"""Groups: left id, or left and right id, or right id (client and clock each); length of the content."""

match_entry_struct = re.compile(
    rb"(?:[\x88\x81\xa8\xa1]%b|[\x28\x21]%b([\x01-\x40])([A-Za-z0-9_-]{1,64}))" % (_ID, _root(DOCUMENTS))
).match
"""Groups: left id, or length of the key and at least the key."""

match_range = re.compile(_CLOCK + _CLOCK).match
"""Groups: first clock and length of a deleted range."""

match_keystroke = re.compile(
    rb"\x01\x01%b(?:\x84%b|\xc4%b%b|\x44%b)([\x01-\x7f])(.{1,127})\x00" % (_ID, _ID, _ID, _ID, _ID), re.DOTALL
).fullmatch
"""An update that only inserts a little text. Groups: id; left id, or left and right id, or right id (client and clock
each); length; what must be as long as that."""

match_erasure = re.compile(rb"\x00\x01%b\x01%b%b" % (_CLIENT, _CLOCK, _CLOCK)).fullmatch
"""An update that only deletes one range. Groups: client, clock, length."""

may_hold_pairs = re.compile(rb"[\xf0-\xf4]").search
"""Finds the first byte of a character of two UTF-16 units, or something that looks like one."""


def number(encoded: bytes) -> int:
    """The value of a complete variable-length number."""
    size = len(encoded)
    if size == 1:
        return encoded[0]
    if size == 2:
        return encoded[0] + (encoded[1] << 7) - 128
    if size == 3:
        return encoded[0] + (encoded[1] << 7) + (encoded[2] << 14) - 16512
    value = 0
    for byte in reversed(encoded):
        value = value << 7 | byte & 127
    return value


def utf16_length(text: str) -> int:
    """How many clocks a string takes."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def read_text(raw: bytes, clock: int) -> tuple[int, list[int]]:
    """How many clocks a string takes that begins at `clock`, and which of them are second halves of surrogate pairs.

    Raises UnicodeDecodeError.
    """
    if raw.isascii():
        return len(raw), []
    text = raw.decode()
    if max(text) <= "\uffff":
        return len(text), []
    halves = []
    at = clock
    for character in text:
        at += 1
        if character > "\uffff":
            halves.append(at)
            at += 1
    return at - clock, halves
