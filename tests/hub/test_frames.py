"""The quick way through frames reads what the slow way reads."""

import random

import hypothesis
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import OPEN, Protocol, Side

from pair_ls.hub.frames import binary_frame, close_frame, frame_size, read_common, text_frame

SIZES = (0, 1, 124, 125, 126, 127, 65535, 65536)


def from_client(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True, extensions=[])


def from_hub(data: bytes) -> list[Frame]:
    """What a client reads."""
    client = Protocol(Side.CLIENT, state=OPEN, max_size=None)
    client.receive_data(data)
    return [event for event in client.events_received() if isinstance(event, Frame)]


@hypothesis.given(st.lists(st.binary(max_size=300), max_size=8))
def test_common_frames_are_read_whole_in_one_go(payloads: list[bytes]) -> None:
    data = b"".join(from_client(Opcode.BINARY, payload) for payload in payloads)
    messages: list[bytes] = []
    assert read_common(data, 0, messages) == (len(data), 0)
    assert messages == payloads


@hypothesis.given(st.binary(min_size=1, max_size=200), st.data())
def test_a_frame_that_is_cut_anywhere_waits(payload: bytes, data: st.DataObject) -> None:
    whole = from_client(Opcode.BINARY, payload)
    cut = data.draw(st.integers(0, len(whole) - 1))
    messages: list[bytes] = []
    assert read_common(whole[:cut], 0, messages) == (0, 0)
    assert messages == []
    assert frame_size(whole[:cut], 0) in (None, len(whole))


def test_sizes_at_the_borders_of_the_header_are_right() -> None:
    for size in SIZES:
        payload = random.Random(size).randbytes(size)
        data = from_client(Opcode.BINARY, payload)
        assert frame_size(data, 0) == len(data)
        messages: list[bytes] = []
        end, _ = read_common(data, 0, messages)
        assert (end, messages) == ((len(data), [payload]) if size < 1 << 16 else (0, []))
        assert from_hub(binary_frame(payload)) == [Frame(Opcode.BINARY, payload)]


def test_reading_stops_at_what_is_not_common() -> None:
    common = from_client(Opcode.BINARY, b"one")
    uncommon = [
        from_client(Opcode.TEXT, b"text"),
        from_client(Opcode.PING, b""),
        from_client(Opcode.CLOSE, Close(1000, "").serialize()),
        from_client(Opcode.BINARY, b"part", fin=False),
        Frame(Opcode.BINARY, b"unmasked").serialize(mask=False, extensions=[]),
        bytes([0xC2, 0x80, 0, 0, 0, 0]),
    ]
    for frame in uncommon:
        messages: list[bytes] = []
        assert read_common(common + frame + common, 0, messages) == (len(common), 0)
        assert messages == [b"one"]


def test_pongs_are_passed_over_and_counted() -> None:
    messages: list[bytes] = []
    data = from_client(Opcode.PONG, b"") + from_client(Opcode.BINARY, b"x") + from_client(Opcode.PONG, b"abc")
    assert read_common(data, 0, messages) == (len(data), 2)
    assert messages == [b"x"]


def test_texts_and_goodbyes_are_frames_too() -> None:
    assert from_hub(text_frame("é😀")) == [Frame(Opcode.TEXT, "é😀".encode())]
    (goodbye,) = from_hub(close_frame(4400, "é" * 200))
    assert Close.parse(goodbye.data) == Close(4400, "é" * 61)
