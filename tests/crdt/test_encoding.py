"""The lib0 encoding: what is written is read, and anything else is refused at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.crdt.encoding import (
    LARGEST_UINT,
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)
from pair_ls.errors import RefusedBytes


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (16384, b"\x80\x80\x01"), (2**32 - 1, b"\xff\xff\xff\xff\x0f")],
)
def test_numbers_are_written_as_lib0_writes_them(value: int, encoded: bytes) -> None:
    assert write_var_uint(value) == encoded
    assert read_var_uint(encoded, 0) == (value, len(encoded))


def test_strings_are_counted_in_bytes() -> None:
    assert write_var_string("é😀") == b"\x06\xc3\xa9\xf0\x9f\x98\x80"


@given(st.lists(st.one_of(st.integers(0, LARGEST_UINT), st.text(), st.binary())))
def test_what_is_written_is_read(values: list[int | str | bytes]) -> None:
    data = b"".join(
        write_var_uint(value)
        if isinstance(value, int)
        else write_var_string(value)
        if isinstance(value, str)
        else write_var_bytes(value)
        for value in values
    )
    at = 0
    for value in values:
        got: int | str | bytes
        if isinstance(value, int):
            got, at = read_var_uint(data, at)
        elif isinstance(value, str):
            got, at = read_var_string(data, at)
        else:
            got, at = read_var_bytes(data, at)
        assert got == value
    assert at == len(data)


@given(st.binary(max_size=40))
def test_reading_anything_gives_a_value_or_a_refusal(data: bytes) -> None:
    for read in (read_var_uint, read_var_string, read_var_bytes):
        try:
            _, at = read(data, 0)
        except RefusedBytes:
            continue
        assert 0 < at <= len(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80", b"\x05abcd", b"\xff\xff\xff\xff\xff\xff\xff\x1fabc", b"\x02\xff\xfe", b"\x03\xed\xa0\xbd"],
    ids=["empty", "cut off", "short", "claims petabytes", "no utf-8", "lone surrogate"],
)
def test_bad_strings_are_refused(data: bytes) -> None:
    with pytest.raises(RefusedBytes):
        read_var_string(data, 0)


def test_a_flood_of_continuation_bytes_is_refused_at_once() -> None:
    began = time.process_time()
    with pytest.raises(RefusedBytes):
        read_var_uint(b"\xff" * 1_000_000 + b"\x01", 0)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize("value", [-1, LARGEST_UINT + 1])
def test_numbers_that_javascript_does_not_have_are_our_bug(value: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        write_var_uint(value)
