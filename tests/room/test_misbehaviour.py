"""Who misbehaves is closed with a code, or put right; the others do not notice."""

import random

import pytest

from pair_ls.crdt.encoding import write_var_string, write_var_uint
from pair_ls.crdt.update_guard import CheckedUpdate
from pair_ls.errors import Poisoned
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import Disconnect, NoticeReceived, RequestAnswered, ResetDocument
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.room.limits import RoomLimits
from pair_ls.room.messages import (
    Acknowledged,
    AwarenessUpdate,
    Notice,
    Request,
    SyncStep1,
    SyncStep2,
    Update,
    decode,
    encode,
    encode_frame,
)
from pair_ls.room.role import Role
from pair_ls.text import Edit
from tests.room.stage import Client, Editor, Hub, Simple, Stock, settle


def room_of(hub: Hub, *clients: Client) -> None:
    hub.create_main()
    for client in clients:
        client.connect()
        if isinstance(client, Editor):
            client.open("main.py")
    settle(hub, *clients)


def insert(client: int, clock: int, text: bytes) -> bytes:
    """An update that puts text at the start, written by hand."""
    content = write_var_uint(len(text)) + text
    return b"\x01\x01" + write_var_uint(client) + write_var_uint(clock) + b"\x04\x01\x07content" + content + b"\x00"


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00",
        b"\x00\x02",
        b"\x00\x02\x05ab",
        b"\x00\x02\x02\x00\x00!",
        b"\x00\x07\x00",
        b"\x07",
        b"\xff" * 1000,
        encode(SyncStep1(b"\x01")),
        encode(SyncStep1(b"\xff\xff\xff\xff\x07")),
        encode(SyncStep2(b"\x01")),
        encode(Update(b"\x00\x00\x00")),
        encode(Acknowledged(1)),
        encode(Request(1, "participants", {})),
    ],
)
def test_what_is_no_message_closes_its_sender_only(frame: bytes) -> None:
    hub = Hub()
    ann, eve = Stock(hub, "p:ann"), Stock(hub, "p:eve")
    room_of(hub, ann, eve)
    eve.outbox.append(frame)
    settle(hub, ann, eve)
    assert eve.closed is not None and eve.closed[0] == CloseCode.BAD_MESSAGE
    ann.type(0, "é😀")
    settle(hub, ann)
    assert hub.stored_text() == "é😀" and ann.closed is None


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x05main",
        b"\x04ma/n\x00\x00\x01\x00",
        b"\x02\xff\xff\x00\x00\x01\x00",
        encode_frame(MAIN, Request(1, "participants", {})),
        encode_frame(INDEX, Notice("a", "b")),
        b"\x00\x66\x01\x05[1,2]",
        b"\x00\x66\x01" + write_var_uint(60_000) + b"[" * 60_000,
    ],
)
def test_pair_frames_that_make_no_sense_close_their_sender_only(frame: bytes) -> None:
    hub = Hub()
    ann, eve = Editor(hub, "p:ann"), Editor(hub, "p:eve")
    room_of(hub, ann, eve)
    eve.outbox.append(frame)
    settle(hub, ann, eve)
    if frame:
        assert eve.closed is not None and eve.closed[0] == CloseCode.BAD_MESSAGE
    ann.type(0, "x")
    settle(hub, ann)
    assert hub.stored_text() == "x"


@pytest.mark.parametrize("seed", range(3))
def test_random_bytes_do_not_disturb_a_room(seed: int) -> None:
    dice = random.Random(seed)
    hub = Hub()
    ann = Editor(hub, "p:ann")
    room_of(hub, ann)
    for _ in range(300):
        eve = Stock(hub, "p:eve") if dice.random() < 0.5 else Editor(hub, "p:eve")
        eve.connect()
        settle(hub, eve, seconds=0)
        while eve.closed is None and dice.random() < 0.9:
            start = dice.choice((b"", b"\x00", b"\x01", b"\x04main\x00", b"\x04main\x01", b"\x00\x66", b"\x04main\x68"))
            eve.outbox.append(start + dice.randbytes(dice.randrange(60)))
            eve.send()
        eve.disconnect()
    ann.type(0, "still here")
    settle(hub, ann)
    assert ann.text() == hub.stored_text() and "still here" in ann.text()


def test_an_update_that_builds_on_unknown_ones_is_not_applied_but_asked_for() -> None:
    hub = Hub()
    ann, bob = Stock(hub, "p:ann"), Stock(hub, "p:bob")
    room_of(hub, ann, bob)
    ann.type(0, "a")
    ann.type(1, "b")
    ann.type(2, "c")
    del ann.outbox[0]  # the first is lost on the way
    ann.send()
    assert not hub.queue
    assert [type(decode(frame)) for frame in ann.inbox if isinstance(frame, bytes)] == [SyncStep1]
    ann.send()
    assert len(ann.inbox) == 1, "asked once"
    settle(hub, ann, bob)
    assert hub.stored_text() == bob.text == "abc"


def test_with_a_gap_nothing_is_acknowledged_until_the_difference_has_come() -> None:
    hub = Hub()
    page = Stock(hub, "p:page", acknowledges=True)
    room_of(hub, page)
    page.type(0, "a")
    page.type(1, "b")
    del page.outbox[0]
    page.send()
    page.say(SyncStep2(b"\x00\x00"))
    page.outbox.rotate(1)
    before = page.acknowledged
    assert before == 1
    page.outbox.clear()
    page.read()  # the hub's question; the answer is step 2
    page.send()
    hub.commit()
    page.read()
    assert page.acknowledged == 3 and hub.stored_text() == "ab"


def test_a_refused_update_of_a_replica_is_taken_back_and_the_fourth_closes() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    room_of(hub, ann, bob)
    nested = b"\x01\x01\x07\x00\x07\x01\x07content\x01\x00"  # a type inside the text
    for _ in range(3):
        bob.outbox.append(encode_frame(MAIN, Update(nested)))
        settle(hub, ann, bob)
        assert bob.closed is None
    assert len(bob.heard(ResetDocument)) == 3
    assert {notice.code[:7] for notice in bob.heard(NoticeReceived)} == {"update-"}
    bob.outbox.append(encode_frame(MAIN, Update(nested)))
    settle(hub, ann, bob)
    assert bob.closed is not None and bob.closed[0] == CloseCode.BAD_MESSAGE


def test_a_poisoned_replica_is_built_anew_and_nobody_loses_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    ann, bob, eve = Editor(hub, "p:ann"), Stock(hub, "p:bob"), Stock(hub, "p:eve")
    room_of(hub, ann, bob, eve)
    ann.type(0, "kept ")
    settle(hub, ann, bob, eve)
    ann.type(0, "under way ")
    ann.send()
    document = hub.room._documents.find(MAIN)
    assert document is not None
    shared = document.shared

    def fail(_: bytes, *, author: str | None = None) -> CheckedUpdate:
        raise Poisoned("native code failed")

    monkeypatch.setattr(type(shared), "apply", lambda self, update, *, author=None: fail(update))
    eve.type(0, "poison")
    eve.send()
    monkeypatch.undo()
    assert eve.closed is not None and eve.closed[0] == CloseCode.BAD_MESSAGE
    bob.type(0, "meanwhile ")
    settle(hub, ann, bob)
    assert ann.text() == bob.text == hub.stored_text()
    assert {"kept ", "under way ", "meanwhile "} <= {word + " " for word in ann.text().split(" ")} | {"under way "}
    assert "under way" in ann.text() and "meanwhile" in ann.text() and "kept" in ann.text()
    assert ann.replica.unacknowledged() == 0


def test_a_full_document_takes_deletions_only() -> None:
    hub = Hub(limits=RoomLimits(document_bytes=10_000))
    ann, bob = Stock(hub, "p:ann"), Editor(hub, "p:bob")
    room_of(hub, ann, bob)
    bob.type(0, "x" * 10_000)
    settle(hub, ann, bob)
    bob.type(0, "y" * 5_000)
    settle(hub, ann, bob)
    bob.type(0, "z")
    settle(hub, ann, bob)
    assert "document-full" in [notice.code for notice in bob.heard(NoticeReceived)]
    assert "z" not in bob.text()
    bob.type(0, "", delete=6_000)
    settle(hub, ann, bob)
    bob.type(0, "ok")
    settle(hub, ann, bob)
    assert bob.text() == ann.text == hub.stored_text() and ann.text.startswith("ok")
    assert bob.replica.unacknowledged() == 0, "what is typed after a reset is acknowledged again"


def test_a_full_room_takes_nothing_more() -> None:
    hub = Hub(limits=RoomLimits(room_bytes=500))
    ann = Stock(hub)
    room_of(hub, ann)
    for _ in range(30):
        ann.type(0, "x" * 20)
    settle(hub, ann)
    assert ann.closed is not None and ann.closed[0] == CloseCode.ROOM_FULL
    assert hub.room.stored_bytes < 600


def test_text_frames_on_a_binary_connection_close_it_and_the_other_way_round() -> None:
    hub = Hub()
    ann, bob = Stock(hub), Editor(hub)
    room_of(hub, ann, bob)
    for client in (ann, bob):
        client.outbox.append('{"type": "join_room"}')
    settle(hub, ann, bob)
    assert ann.closed is not None and bob.closed is not None
    sue = Stock(hub)
    sue.connect()
    sue.outbox.clear()
    sue.is_listening = True
    sue.outbox.extend(['{"type": "nonsense"}', b"\x00\x00\x01\x00"])
    while sue.outbox and sue.closed is None:
        sue.send()
    assert sue.closed is not None and sue.closed[0] == CloseCode.BAD_MESSAGE


def test_a_replica_does_not_believe_the_hub_either() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann")
    room_of(hub, ann)
    for frame in (b"", b"\x04main\x00\x02\x03\x01\x01\x01", b"\x04main\x07", encode_frame(MAIN, Update(b"\x01\xff"))):
        effects = ann.replica.receive(frame, hub.now)
        assert any(isinstance(effect, Disconnect) for effect in effects), frame
    ann.type(0, "x")
    settle(hub, ann)
    assert hub.stored_text() == "x"


def test_a_replica_whose_own_client_id_is_used_by_another_starts_anew() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann")
    room_of(hub, ann)
    ann.type(0, "mine")
    settle(hub, ann)
    shared = ann.replica.shared_text(MAIN)
    assert shared is not None
    forged = insert(shared.client_id, shared.document.state()[shared.client_id], b"evil")
    ann.do(ann.replica.receive(encode_frame(MAIN, Update(forged)), hub.now))
    settle(hub, ann)
    assert [reset.text for reset in ann.heard(ResetDocument)] == ["mine"]
    assert ann.text() == hub.stored_text() == "mine"
    ann.type(4, "!")
    settle(hub, ann)
    assert hub.stored_text() == "mine!"


def test_a_replica_that_differs_although_it_has_seen_the_same_is_noticed_and_replaced() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    room_of(hub, ann, bob)
    ann.type(0, "the same é😀")
    settle(hub, ann, bob)
    document = bob.replica._documents[MAIN]
    good = document.shared.document.update_since()
    bad = good.replace(b"same", b"evil")
    assert bad != good
    document.shared = type(document.shared)(document.shared.client_id)
    document.shared.merge(bad)
    bob.texts[MAIN] = document.shared.text
    document.touched(hub.now)
    bob.replica.wake_at = hub.now
    settle(hub, ann, bob, seconds=2.5)
    assert [reset.text for reset in bob.heard(ResetDocument)] == ["the evil é😀"]
    assert bob.text() == ann.text() == "the same é😀"
    assert not ann.heard(ResetDocument)


def test_hashes_are_compared_after_two_quiet_seconds_and_equal_ones_cost_one_frame() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    room_of(hub, ann, bob)
    ann.type(0, "x")
    settle(hub, ann, bob, seconds=0)
    assert ann.replica.wake_at <= hub.now + 2
    hub.now += 2
    ann.tick()
    assert len(ann.outbox) == 1
    ann.send()
    assert not ann.inbox
    hub.now += 60
    ann.tick()
    assert not ann.outbox, "nothing has changed since"


def test_a_deletion_that_is_still_under_way_is_not_taken_for_a_divergence() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    room_of(hub, ann, bob)
    ann.type(0, "abc")
    settle(hub, ann, bob)
    ann.type(0, "", delete=1)
    hub.now += 3
    bob.tick()  # state vectors are equal, but bob does not know of the deletion yet
    ann.send()
    bob.send()
    settle(hub, ann, bob, seconds=3)
    assert ann.text() == bob.text() == "bc" and not bob.heard(ResetDocument)


def test_an_edit_outside_the_text_is_our_own_mistake() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann")
    room_of(hub, ann)
    with pytest.raises(ValueError, match="outside the text"):
        ann.replica.edit(MAIN, (Edit(5, 5, "x"),), hub.now)


HALF = b"\x01\x07\x01" + write_var_string('{"document":"\\ud800"}')


def test_half_a_character_of_one_keeps_nobody_from_the_others() -> None:
    hub = Hub()
    ann, eve = Editor(hub, "p:ann"), Editor(hub, "p:eve", Role.VIEWER)
    room_of(hub, ann, eve)
    eve.outbox.append(encode_frame(INDEX, AwarenessUpdate(HALF)))
    eve.send()
    hub.tick(1.0)
    ann.do(ann.replica.request("participants", {}, hub.now)[1])
    sue = Simple(hub, "sue")
    sue.connect()
    settle(hub, ann, eve, sue)
    (answer,) = ann.heard(RequestAnswered)
    assert [person["participantId"] for person in answer.result["participants"]][:2] == ["p:ann", "p:eve"]
    assert sue.types()[0] == "room_state"


def test_half_a_character_in_a_seed_that_waits_for_a_load_keeps_nobody_out() -> None:
    hub = Hub()
    hub.create_main()
    hub.restart()
    ann, eve = Stock(hub, "p:ann"), Editor(hub, "p:eve")
    for client in (ann, eve):
        client.connect()
    body = '{"method":"seedDocument","params":{"documentId":"main","text":"a\\ud800"}}'
    eve.outbox.append(b"\0\x66\x01" + write_var_string(body))
    settle(hub, ann, eve)
    assert ann.is_synced and ann.text == "a\ufffd"
