"""Strategies for texts as people rarely but surely have them, and for changes of such texts."""

from hypothesis import strategies as st

from pair_ls.text import Delta, Edit, Position, PositionEncoding, Range, normalize

# Every kind of line end, some that only look like one (form feed, VT, NEL, LS), every width in UTF-8 and UTF-16, and
# a letter with a combining accent.
PIECES = ["a", "b", " ", "é", "e\u0301", "漢", "😀", "\n", "\n", "\r\n", "\r", "\f", "\v", "\x85", "\u2028"]

encodings = st.sampled_from(PositionEncoding)
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
short_texts = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
positions = st.builds(Position, st.integers(0, 12), st.integers(0, 12) | st.just(2**31 - 1))
ranges = st.builds(Range, positions, positions)


@st.composite
def edits(draw: st.DrawFn, text: str) -> Edit:
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)) | st.integers(start, len(text)))
    return Edit(start, end, draw(short_texts))


@st.composite
def deltas(draw: st.DrawFn, text: str) -> Delta:
    offsets = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(offsets[::2], offsets[1::2], strict=False)
    return normalize(Edit(start, end, draw(short_texts)) for start, end in pairs)
