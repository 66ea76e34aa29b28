"""Commit, then acknowledge, then relay; and what happens when a commit or a load fails."""

import pytest

from pair_ls.crdt.shared_text import SharedText
from pair_ls.errors import Poisoned
from pair_ls.room import room_document
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import NoticeReceived, Persist, ResetDocument, Send
from pair_ls.room.ids import MAIN, DocumentId, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.messages import Acknowledged, SyncStep1, SyncStep2, Update, decode, decode_frame
from pair_ls.room.room import Room
from pair_ls.room.room_index import Writer
from tests.room.stage import ROOM, Client, Editor, Hub, Simple, Stock, client_id, settle


def pair() -> tuple[Hub, Editor, Editor]:
    hub = Hub()
    hub.create_main()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    for editor in (ann, bob):
        editor.connect()
        editor.open()
    settle(hub, ann, bob)
    return hub, ann, bob


def deliver(*clients: Client) -> None:
    for client in clients:
        while client.outbox:
            client.send()


def read(*clients: Client) -> None:
    for client in clients:
        while client.inbox:
            client.read()


def test_nobody_is_shown_or_told_anything_before_the_commit() -> None:
    hub, ann, bob = pair()
    ann.type(0, "é")
    deliver(ann)
    assert len(hub.queue) == 1
    assert not ann.inbox and not bob.inbox
    hub.commit()
    assert [decode_frame(frame)[1] for frame in ann.inbox if isinstance(frame, bytes)] == [Acknowledged(2)]
    read(ann, bob)
    assert bob.text() == "é"
    assert ann.replica.unacknowledged() == 0


def test_a_late_joiner_waits_for_the_commit_of_what_it_would_be_shown() -> None:
    hub, ann, bob = pair()
    ann.type(0, "safe ")
    settle(hub, ann, bob)
    ann.type(0, "not yet ")
    deliver(ann)
    late = Stock(hub)
    late.connect()
    deliver(late)
    read(late)
    assert not late.is_synced
    ann.type(0, "even later ")  # typing on must not starve the joiner
    deliver(ann)
    hub.commit(1)
    read(late)
    assert late.text == "not yet safe "
    settle(hub, ann, bob, late)
    assert late.text == bob.text() == "even later not yet safe "


def test_who_asks_again_and_again_before_the_commit_is_answered_once() -> None:
    hub, ann, bob = pair()
    ann.type(0, "é😀 ")
    settle(hub, ann, bob)
    eve = Stock(hub)
    eve.connect()
    settle(hub, eve)
    ann.type(0, "not yet ")
    deliver(ann)
    eve.is_listening = True
    for _ in range(300):
        eve.say(SyncStep1(b"\x01\x01\x00"))
    deliver(eve)
    hub.commit()
    read(eve)
    (answer,) = [message for message in map(decode, eve.listened) if isinstance(message, SyncStep2)]
    fresh = SharedText(client_id())
    fresh.merge(answer.update)
    assert fresh.text == "not yet é😀 "


def test_answers_that_would_take_too_much_space_wait_for_those_before_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_document, "_MOST_HELD_BYTES", 1)
    hub, ann, bob = pair()
    joiners = [Stock(hub) for _ in range(4)]
    for joiner in joiners:
        ann.type(0, "é")
        deliver(ann)
        joiner.connect()
        deliver(joiner)
    synced = []
    for _ in joiners:
        ann.type(0, "later ")  # typing on must not starve them
        deliver(ann)
        hub.commit(4)
        read(*joiners)
        synced.append(sum(joiner.is_synced for joiner in joiners))
        assert all(joiner.text in ("", hub.stored_text()) for joiner in joiners), "what is not durable is not shown"
    assert synced[0] == 1
    settle(hub, ann, bob, *joiners)
    assert all(joiner.is_synced and joiner.text == bob.text() for joiner in joiners)


def test_while_the_store_takes_nothing_a_late_joiner_is_shown_what_is_in_it() -> None:
    hub, ann, bob = pair()
    ann.type(0, "safe 😀 ")
    settle(hub, ann, bob)
    ann.type(0, "not yet ")
    deliver(ann)
    late, simple = Stock(hub), Simple(hub, "sue")
    for client in (late, simple):
        client.connect()
        deliver(client)
    assert list(hub.room.stuck()) == [MAIN]
    hub.answer_from_store()
    read(late, simple)
    hub.tick(0.1)
    read(late, simple)
    assert late.text == simple.code == "safe 😀 ", "what is not durable is not shown"
    assert not hub.room.stuck()
    settle(hub, ann, bob, late, simple)
    assert late.text == simple.code == bob.text() == "not yet safe 😀 "


def test_an_answer_from_the_store_that_a_commit_has_overtaken_is_not_given() -> None:
    hub, ann, bob = pair()
    ann.type(0, "one ")
    deliver(ann)
    late = Stock(hub)
    late.connect()
    deliver(late)
    old = hub.room.stuck()
    hub.commit()
    ann.type(0, "two ")
    deliver(ann)
    later = Stock(hub)
    later.connect()
    deliver(later)
    assert hub.room.answer_from_store(MAIN, old[MAIN], [], {}) == []
    settle(hub, ann, bob, late, later)
    assert late.text == later.text == bob.text() == "two one "


def test_one_commit_brings_one_acknowledgement_and_one_merged_message() -> None:
    hub, ann, bob = pair()
    for letter in "abcde":
        ann.type(0, letter)
    deliver(ann)
    hub.commit()
    assert len(ann.inbox) == 1 and len(bob.inbox) == 1
    read(ann, bob)
    assert bob.text() == "edcba" and ann.replica.unacknowledged() == 0


def test_writers_who_alternate_get_one_acknowledgement_each() -> None:
    hub, ann, bob = pair()
    for _ in range(3):
        ann.type(0, "a")
        bob.type(0, "b")
        deliver(ann, bob)
    hub.commit()
    for editor in (ann, bob):
        messages = [decode_frame(frame)[1] for frame in editor.inbox if isinstance(frame, bytes)]
        assert [message for message in messages if isinstance(message, Acknowledged)] == [Acknowledged(4)]


def test_a_single_update_is_passed_on_byte_for_byte() -> None:
    hub, ann, bob = pair()
    ann.type(0, "x")
    sent = ann.outbox[0]
    deliver(ann)
    hub.commit()
    assert list(bob.inbox) == [sent]


def test_merged_updates_of_several_reach_all_and_of_one_not_their_author() -> None:
    hub, ann, bob = pair()
    stock = Stock(hub)
    stock.connect()
    settle(hub, ann, bob, stock)
    ann.type(0, "a")
    bob.type(0, "b")
    deliver(ann, bob)
    hub.commit()
    assert [len(client.inbox) for client in (ann, bob, stock)] == [2, 2, 1]
    settle(hub, ann, bob, stock)
    assert ann.text() == bob.text() == stock.text


def test_a_client_that_repeats_what_is_known_does_not_leave_a_hole_in_what_others_are_sent() -> None:
    hub, ann, bob = pair()
    stock, reader = Stock(hub), Stock(hub)
    stock.connect()
    reader.connect()
    settle(hub, ann, bob, stock, reader)
    ann.type(0, "1")
    settle(hub, ann, bob, stock, reader)
    ann.type(1, "2")
    settle(hub, ann, bob, reader)  # stock has not read this
    stock.type(0, "s")
    stock.outbox.clear()
    stock.say(SyncStep2(stock.shared.document.update_since()))  # the known 1, and its own s
    ann.type(2, "3")
    deliver(stock, ann)
    hub.commit()
    read(reader)
    assert reader.text == "s123" and not reader.pending
    assert hub.stored_text() == "s123"


def test_frames_are_encoded_once_for_each_framing() -> None:
    hub, ann, bob = pair()
    others: list[Client] = [Stock(hub), Stock(hub)]
    for client in others:
        client.connect()
    settle(hub, ann, bob, *others)
    ann.type(0, "x")
    (persist,) = hub.room.receive(ann.connection, bytes(ann.outbox[0]), hub.now)  # type: ignore[arg-type]  # an editor sends bytes
    assert isinstance(persist, Persist)
    sends = [e for e in hub.room.committed(persist.document_id, persist.sequence, hub.now) if isinstance(e, Send)]
    assert [send.connections for send in sends] == [
        (ann.connection,),
        (bob.connection,),
        tuple(client.connection for client in others),
    ]


def test_if_updates_cannot_be_merged_each_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    bob.type(0, "b")
    ann.type(1, "c")
    deliver(ann, bob)

    def fail(_: list[bytes]) -> bytes:
        raise Poisoned("native code failed")

    monkeypatch.setattr(room_document, "merge_updates", fail)
    hub.commit()
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == hub.stored_text()


def test_large_rooms_are_relayed_to_at_a_pace_and_lose_nothing() -> None:
    hub = Hub()
    hub.create_main()
    clients = [Stock(hub) for _ in range(30)]
    for client in clients:
        client.connect()
    settle(hub, *clients)
    writer, reader = clients[0], clients[1]
    hub.now += 1
    frames = 0
    for _ in range(10):
        writer.type(0, "x")
        deliver(writer)
        hub.commit()
        frames += len(reader.inbox)
        read(reader)
    assert frames == 1, "the first goes out at once, the rest together"
    assert hub.now < hub.room.wake_at <= hub.now + 0.005
    hub.tick(0.005)
    assert len(reader.inbox) == 1
    read(reader)
    assert reader.text == writer.text == "x" * 10


def test_a_redundant_message_is_acknowledged_when_all_before_it_is_durable() -> None:
    hub = Hub()
    hub.create_main()
    page = Stock(hub, "p:page", acknowledges=True)
    page.connect()
    settle(hub, page)
    assert page.acknowledged == 1, "the empty step 2 counts, and is durable at once"
    page.type(0, "x")
    page.say(SyncStep2(page.shared.document.update_since()))
    deliver(page)
    assert not page.inbox
    hub.commit()
    assert [decode(frame) for frame in page.inbox if isinstance(frame, bytes)] == [Acknowledged(3)]


def test_what_the_hub_lost_with_a_failed_commit_it_asks_for_again() -> None:
    hub, ann, bob = pair()
    ann.type(0, "kept ")
    settle(hub, ann, bob)
    ann.type(0, "lost? ")
    deliver(ann)
    hub.fail_commit()
    read(ann, bob)
    assert ann.replica.unacknowledged() == 1 and bob.text() == "kept "
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == hub.stored_text() == "lost? kept "
    assert ann.replica.unacknowledged() == 0 and not ann.heard(ResetDocument)


def test_a_document_is_loaded_again_only_when_nothing_of_it_is_on_its_way_to_the_store() -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    deliver(ann)
    document = hub.room._documents.find(MAIN)
    assert document is not None
    hub.do(document.drop())
    assert not hub.loads
    hub.commit()
    assert list(hub.loads) == [MAIN]
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "a"


def test_after_a_kill_the_store_has_all_that_was_acknowledged_and_clients_bring_the_rest() -> None:
    hub, ann, bob = pair()
    ann.type(0, "1")
    settle(hub, ann, bob)
    ann.type(0, "2")
    deliver(ann)
    for editor in (ann, bob):
        editor.is_connected = False
        editor.outbox.clear()
        editor.forget()
    hub.restart()
    assert hub.stored_text() == "1"
    ann.type(0, "3")
    for editor in (ann, bob):
        editor.connect()
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == hub.stored_text() == "321"
    assert ann.replica.unacknowledged() == 0


def test_a_document_that_cannot_be_loaded_is_never_shown_empty() -> None:
    hub, ann, bob = pair()
    ann.type(0, "precious")
    settle(hub, ann, bob)
    for editor in (ann, bob):
        editor.disconnect()
    hub.restart()
    hub.failing.add(MAIN)
    stock, sue, cas = Stock(hub), Simple(hub, "sue"), Editor(hub, "p:cas")
    for client in (stock, sue, cas):
        client.connect()
    cas.open()
    settle(hub, stock, sue, cas)
    assert stock.closed == sue.closed == (CloseCode.TRY_AGAIN, "the document could not be loaded")
    assert not stock.is_synced and sue.code is None
    assert cas.is_connected and not cas.replica.is_synced(MAIN)
    assert [notice.code for notice in cas.heard(NoticeReceived)] == ["document-unavailable"]
    hub.failing.clear()
    hub.tick(6)
    cas.tick()
    settle(hub, cas)
    assert cas.text() == hub.stored_text() == "precious"


def test_what_is_sent_while_a_document_cannot_be_loaded_is_stored_and_acknowledged_later() -> None:
    hub, ann, bob = pair()
    ann.type(0, "precious")
    settle(hub, ann, bob)
    for editor in (ann, bob):
        editor.disconnect()
    ann.type(0, "offline ")
    hub.restart()
    hub.failing.add(MAIN)
    ann.connect()
    ann.type(0, "online ")
    settle(hub, ann)
    assert [notice.code for notice in ann.heard(NoticeReceived)] == ["document-unavailable"]
    ann.type(0, "later ")
    assert ann.replica.unacknowledged() == 3
    hub.failing.clear()
    hub.tick(6)
    ann.tick()
    settle(hub, ann)
    assert hub.stored_text() == ann.text() == "later online offline precious"
    assert ann.replica.unacknowledged() == 0
    ann.type(0, "é😀")
    deliver(ann)
    assert ann.replica.unacknowledged() == 1
    settle(hub, ann)
    assert ann.replica.unacknowledged() == 0


def test_a_damaged_log_counts_as_a_failed_load_and_stays_as_it_is() -> None:
    hub, ann, bob = pair()
    ann.type(0, "one")
    settle(hub, ann, bob)
    ann.type(0, "two")
    settle(hub, ann, bob)
    for editor in (ann, bob):
        editor.disconnect()
    hub.restart()
    log = hub.store[MAIN] = [(hub.store[MAIN][-1])]  # its beginning is gone
    stock = Stock(hub)
    stock.connect()
    settle(hub, stock)
    assert stock.closed is not None and stock.closed[0] == CloseCode.TRY_AGAIN
    assert hub.store[MAIN] == log and not hub.queue


def test_if_the_index_cannot_be_loaded_everyone_is_sent_away() -> None:
    hub, ann, bob = pair()
    for editor in (ann, bob):
        editor.disconnect()
    hub.restart()
    hub.failing.add(DocumentId(""))
    ann.connect()
    settle(hub, ann)
    assert ann.closed is not None and ann.closed[0] == CloseCode.TRY_AGAIN


def test_what_waits_for_a_load_is_bounded() -> None:
    hub = Hub(limits=RoomLimits(waiting_messages=3))
    stock, other = Stock(hub), Stock(hub)
    stock.connect()
    other.connect()
    for _ in range(3):
        stock.type(0, "x")
    deliver(other)
    while stock.outbox and stock.is_connected and not stock.closed:
        stock.send()
    assert stock.closed is not None and stock.closed[0] == CloseCode.TRY_AGAIN
    stock.is_connected = False
    settle(hub, other)
    assert other.is_synced


def test_the_documents_of_a_room_are_loaded_when_they_are_asked_for_and_once() -> None:
    hub = Hub()
    hub.create_main()
    clients = [Stock(hub) for _ in range(5)]
    for client in clients:
        client.connect()
        deliver(client)
    assert list(hub.loads) == [MAIN]


def test_a_checkpoint_is_taken_only_of_what_is_durable() -> None:
    hub, ann, bob = pair()
    ann.type(0, "é😀")
    deliver(ann)
    assert hub.room.document_state(MAIN) is None
    settle(hub, ann, bob)
    state = hub.room.document_state(MAIN)
    assert state is not None and state.owners[ann.replica.shared_text(MAIN).client_id] == "p:ann"  # type: ignore[union-attr]  # it is open
    assert state.update is not None
    again = Room(ROOM)
    again.load(DocumentId(""))
    again.document_loaded(DocumentId(""), hub.store[DocumentId("")], {}, 0.0)
    again.load(MAIN)
    again.document_loaded(MAIN, [(state.update, "")], state.owners, 0.0)
    assert again.text(MAIN) == "é😀"


def test_a_room_is_idle_when_all_have_left_and_all_is_stored() -> None:
    hub, ann, bob = pair()
    ann.type(0, "x")
    deliver(ann)
    for editor in (ann, bob):
        editor.disconnect()
    assert not hub.room.is_idle
    hub.commit()
    assert hub.room.is_idle


def test_the_store_is_given_every_update_with_its_author() -> None:
    hub, ann, bob = pair()
    bob.type(0, "b")
    settle(hub, ann, bob)
    update, author = hub.store[MAIN][-1]
    assert author == "p:bob"
    fresh = Stock(hub)
    fresh.take(b"\x00\x02" + bytes([len(update)]) + update)
    assert fresh.text == "b" and decode(b"\x00\x02" + bytes([len(update)]) + update) == Update(update)


def test_a_main_document_made_anew_does_not_take_old_commits_for_its_own() -> None:
    hub, ann, _ = pair()
    for _ in range(5):
        ann.type(0, "é")
        settle(hub, ann)
    ann.type(0, "OLD")
    deliver(ann)
    hub.do(hub.room.delete_document(MAIN, hub.now, writer=Writer(ParticipantId("p:own"), client_id())))
    bob, eve = Stock(hub, "p:bob", acknowledges=True), Stock(hub, "p:eve")
    for client in (bob, eve):
        client.connect()
        deliver(client)
    while hub.loads:
        hub.load()
    read(bob, eve)
    bob.type(0, "NEW")
    deliver(bob)
    hub.commit(1)
    read(bob, eve)
    assert "NEW" not in eve.text and bob.acknowledged == 1, "its step 2 only"
    settle(hub, bob, eve)
    assert eve.text == bob.text == hub.stored_text()
    assert sorted(eve.text) == sorted("NEWOLDééééé")


def test_a_deleted_document_leaves_when_all_of_it_is_stored() -> None:
    hub, ann, bob = pair()
    ann.type(0, "last words")
    deliver(ann)
    hub.do(hub.room.delete_document(MAIN, hub.now, writer=Writer(ParticipantId("p:own"), client_id())))
    assert not hub.room.is_idle
    settle(hub, ann, bob)
    assert hub.stored_text() == "last words"
    assert hub.room.unused() == [MAIN] and hub.room.unload(MAIN)
