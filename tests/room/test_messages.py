"""The wire: what is written is read back, and whatever else comes is refused in one way."""

from hypothesis import given
from hypothesis import strategies as st

from pair_ls.errors import RefusedBytes
from pair_ls.room import messages
from pair_ls.room.ids import INDEX, DocumentId
from pair_ls.room.messages import Message, decode, decode_frame, encode, encode_frame, encode_update, update_at

NUMBERS = st.integers(0, 2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(messages.SyncStep1, st.binary()),
    st.builds(messages.SyncStep2, st.binary()),
    st.builds(messages.Update, st.binary(max_size=300)),
    st.builds(messages.AwarenessUpdate, st.binary()),
    st.builds(messages.PermissionDenied, TEXTS),
    st.just(messages.QueryAwareness()),
    st.builds(messages.Acknowledged, NUMBERS),
    st.builds(messages.Notice, TEXTS, TEXTS, st.none() | TEXTS, st.none() | TEXTS),
    st.builds(messages.Request, NUMBERS, TEXTS, OBJECTS),
    st.builds(messages.Response, NUMBERS, JSON),
    st.builds(lambda i, code, text: messages.Response(i, error=(code, text)), NUMBERS, TEXTS, TEXTS),
    st.builds(messages.ContentHash, st.binary(), st.binary(min_size=32, max_size=32)),
    st.just(messages.Reset()),
)
DOCUMENT_IDS = st.just(INDEX) | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True).map(DocumentId)


@given(DOCUMENT_IDS, MESSAGES)
def test_what_is_written_is_read_back(document_id: DocumentId, message: Message) -> None:
    assert decode(encode(message)) == message
    assert decode_frame(encode_frame(document_id, message)) == (document_id, message)


@given(
    st.binary()
    | st.builds(lambda kind, rest: bytes([kind]) + rest, st.sampled_from([0, 1, 2, 101, 102, 103, 104]), st.binary())
)
def test_whatever_comes_is_a_message_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except RefusedBytes:
        pass
    else:
        assert decode(encode(message)) == message


@given(MESSAGES, st.integers(1, 5))
def test_a_message_that_is_cut_or_followed_by_more_is_refused(message: Message, size: int) -> None:
    encoded = encode(message)
    for damaged in (encoded[:-size] if len(encoded) > size else b"", encoded + b"\0" * size):
        try:
            assert decode(damaged) != message
        except RefusedBytes:
            pass


@given(st.binary(max_size=200), st.binary(max_size=5))
def test_the_quick_way_sees_the_same_as_the_slow_one(update: bytes, head: bytes) -> None:
    frame = head + encode_update(update)
    quick = update_at(frame, len(head))
    assert quick == (update if 0 < len(update) < 128 else None)
    assert decode(frame, len(head)) == messages.Update(update)
    for damaged in (frame[:-1], frame + b"\0"):
        assert update_at(damaged, len(head)) is None
