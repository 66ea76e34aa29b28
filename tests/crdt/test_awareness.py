"""Awareness: whose state wins, what is refused, and that nothing grows."""

import json
import random

import pytest

from pair_ls.crdt.awareness import (
    Awareness,
    AwarenessChanges,
    AwarenessEntry,
    AwarenessLimits,
    State,
    check_awareness,
    encode_awareness,
)
from pair_ls.crdt.encoding import write_var_string, write_var_uint
from pair_ls.errors import RefusedBytes

ANN: State = {"user": {"name": "Änn 😀", "color": "#fff"}, "cursor": None}


def raw(client_id: int, clock: int, state: str) -> bytes:
    return write_var_uint(1) + write_var_uint(client_id) + write_var_uint(clock) + write_var_string(state)


def refusal(data: bytes) -> str:
    with pytest.raises(RefusedBytes) as caught:
        Awareness().merge(data, 0.0)
    return caught.value.code


def test_a_state_is_seen_by_another_and_goes_when_its_owner_leaves() -> None:
    ann, bob = Awareness(1), Awareness(2)
    assert bob.merge(ann.set_local(ANN, 0.0), 0.0) == AwarenessChanges(added=(1,))
    assert bob.states == {1: ANN}
    assert bob.merge(ann.set_local({**ANN, "cursor": 3}, 1.0), 1.0) == AwarenessChanges(updated=(1,))
    assert bob.merge(ann.set_local({**ANN, "cursor": 3}, 2.0), 2.0) == AwarenessChanges(renewed=(1,))
    assert bob.merge(ann.set_local(None, 3.0), 3.0) == AwarenessChanges(removed=(1,))
    assert bob.states == {}


def test_only_a_higher_clock_wins_and_at_the_same_clock_a_removal() -> None:
    one = Awareness()
    one.merge(raw(5, 4, '{"a":1}'), 0.0)
    assert one.merge(raw(5, 4, '{"a":2}'), 0.0) == AwarenessChanges()
    assert one.merge(raw(5, 3, "null"), 0.0) == AwarenessChanges()
    assert one.states == {5: {"a": 1}}
    assert one.merge(raw(5, 4, "null"), 0.0) == AwarenessChanges(removed=(5,))
    assert one.merge(raw(5, 4, '{"a":1}'), 0.0) == AwarenessChanges(), "a late state does not bring it back"


def test_others_cannot_remove_our_own_state() -> None:
    me, other = Awareness(5), Awareness()
    other.merge(me.set_local(ANN, 0.0), 0.0)
    removal = other.remove([5], 1.0)
    assert removal is not None
    me.merge(removal, 1.0)
    assert me.states == {5: ANN}
    assert other.merge(me.encode([5]), 2.0) == AwarenessChanges(added=(5,)), "its higher clock tells that we are here"


def test_a_state_that_is_not_renewed_expires_after_thirty_seconds() -> None:
    me, other = Awareness(5), Awareness()
    other.merge(me.set_local(ANN, 0.0), 0.0)
    assert me.renew(14.9) is None
    assert other.expire(29.9) == ()
    renewal = me.renew(15.0)
    assert renewal is not None
    other.merge(renewal, 15.0)
    assert other.expire(44.9) == ()
    assert other.expire(45.0) == (5,)
    assert other.states == {}
    assert me.expire(100.0) == (), "our own state is ours to end"


def test_a_hub_removes_the_states_of_a_connection_that_is_gone() -> None:
    hub, peer, ann = Awareness(), Awareness(2), Awareness(1)
    update = ann.set_local(ANN, 0.0)
    hub.merge(update, 0.0)
    peer.merge(update, 0.0)
    removal = hub.remove([1, 99], 1.0)
    assert removal is not None
    assert peer.merge(removal, 1.0).removed == (1,)
    assert hub.remove([1], 1.0) is None


def test_who_left_is_forgotten_in_the_end() -> None:
    hub = Awareness()
    for client_id in range(2_000):
        hub.merge(raw(client_id, 1, "{}"), float(client_id))
        hub.merge(raw(client_id, 2, "null"), float(client_id))
        hub.expire(float(client_id))
    assert len(hub._known) <= 31


def test_removals_of_unknown_clients_are_not_kept() -> None:
    hub = Awareness()
    for client_id in range(100):
        assert hub.merge(raw(client_id, 7, "null"), 0.0) == AwarenessChanges()
    assert not hub._known


def test_there_is_room_for_so_many_clients_only() -> None:
    hub = Awareness(limits=AwarenessLimits(max_clients=3))
    for client_id in range(9):
        hub.merge(raw(client_id, 1, "{}"), 0.0)
    assert len(hub.states) == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (raw(5, 1, "NaN"), "awareness-malformed"),
        (raw(5, 1, '{"a":Infinity}'), "awareness-malformed"),
        (raw(5, 1, '"text"'), "awareness-malformed"),
        (raw(5, 1, "[" * 2_000 + "]" * 2_000), "awareness-malformed"),
        (raw(5, 1, '{"a":' * 40 + "1" + "}" * 40), "awareness-malformed"),
        (raw(5, 1, "9" * 4_000), "awareness-malformed"),
        (raw(5, 1, ""), "awareness-malformed"),
        (raw(5, 1, json.dumps({"a": "é" * 2_100}, ensure_ascii=False)), "awareness-too-large"),
        (raw(5, 1, "{}")[:-1], "malformed-bytes"),
        (raw(5, 1, "{}") + b"\x00", "malformed-bytes"),
        (raw(5, 2**53 - 1, "{}"), "malformed-bytes"),
        (write_var_uint(100_000) + b"\x05\x01\x02{}" * 9, "awareness-too-many"),
        (b"\xff" * 1_000_000 + b"\x01", "malformed-bytes"),
    ],
)
def test_bad_awareness_is_refused(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_clock_that_jumps_far_is_refused_and_nothing_is_half_applied() -> None:
    hub = Awareness()
    hub.merge(raw(5, 1, "{}"), 0.0)
    both = encode_awareness([AwarenessEntry(6, 1, {}), AwarenessEntry(5, 1 + (1 << 20), {"evil": True})])
    with pytest.raises(RefusedBytes) as caught:
        hub.merge(both, 1.0)
    assert caught.value.code == "awareness-clock"
    assert hub.states == {5: {}}
    assert hub.merge(raw(5, 2, '{"mine":1}'), 2.0).updated == (5,), "its owner is still heard"


def test_what_is_encoded_is_checked_and_read() -> None:
    entries = (AwarenessEntry(2**32 - 1, 7, ANN), AwarenessEntry(3, 1, None))
    assert check_awareness(encode_awareness(entries)) == entries


def test_half_characters_are_replaced() -> None:
    hub = Awareness()
    hub.merge(raw(5, 1, '{"name":"\\ud83d","é":"\\ud83d\\ude00"}'), 0.0)
    other = Awareness()
    other.merge(hub.encode(), 0.0)
    assert other.states == hub.states == {5: {"name": "\ufffd", "é": "😀"}}


def test_a_hub_has_no_state_of_its_own() -> None:
    with pytest.raises(ValueError, match="without a client id"):
        Awareness().set_local({}, 0.0)
    assert Awareness().renew(100.0) is None


@pytest.mark.parametrize("seed", range(20))
def test_all_ends_agree_however_the_connections_interleave(seed: int) -> None:
    dice = random.Random(seed)
    people = [Awareness(client_id) for client_id in range(1, 5)]
    sent: dict[int, list[bytes]] = {}
    for step in range(30):
        number = dice.randrange(4)
        state = dice.choice((ANN, {"n": step}, None))
        sent.setdefault(number, []).append(people[number].set_local(state, step / 10))
    expected = {client_id: state for person in people for client_id, state in person.states.items()}
    for _ in range(3):
        end, waiting = Awareness(), {number: [*one, *one[-1:]] for number, one in sent.items()}
        while waiting:
            number = dice.choice(list(waiting))
            end.merge(waiting[number].pop(0), 3.0)
            if not waiting[number]:
                del waiting[number]
        assert end.states == expected, f"seed {seed}"
