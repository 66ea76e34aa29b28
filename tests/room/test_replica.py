"""The participant's end: works without a connection, knows what is safe, asks again for what failed."""

from pair_ls.room.effects import (
    Acknowledged,
    AwarenessChanged,
    DocumentSynced,
    IndexChanged,
    RequestAnswered,
    RoleChanged,
    SendFrame,
    TextChanged,
)
from pair_ls.room.ids import INDEX, MAIN
from pair_ls.room.messages import AwarenessUpdate, SyncStep1, decode_frame
from pair_ls.room.role import Role
from tests.room.stage import Editor, Hub, Stock, settle


def pair(text: str = "") -> tuple[Hub, Editor, Editor]:
    hub = Hub()
    hub.create_main()
    ann, bob = Editor(hub, "p:ann", name="Ann"), Editor(hub, "p:bob", name="Bob")
    for editor in (ann, bob):
        editor.connect()
        editor.open("main.py", text)
    settle(hub, ann, bob)
    return hub, ann, bob


def test_connecting_says_what_we_may_do_and_who_we_are() -> None:
    _hub, ann, _ = pair()
    assert ann.replica.role is Role.EDITOR and ann.replica.participant_id == "p:ann"
    assert ann.heard(RoleChanged) == [RoleChanged(Role.EDITOR)]


def test_edits_without_a_connection_travel_in_the_exchange_of_the_next_one() -> None:
    hub, ann, bob = pair("one\ntwo\n")
    ann.disconnect()
    bob.disconnect()
    ann.type(0, "é😀 ")
    bob.type(8, "three\n")
    assert not ann.outbox and ann.replica.unacknowledged() == 1
    ann.connect()
    bob.connect()
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == hub.stored_text() == "é😀 one\ntwo\nthree\n"
    assert ann.replica.unacknowledged() == bob.replica.unacknowledged() == 0


def test_a_document_can_be_asked_for_without_a_connection() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann")
    ann.open("a.py", "first\n")
    assert not ann.outbox
    ann.open("a.py", "newer\n")
    ann.connect()
    settle(hub, ann)
    assert ann.text("a.py") == "newer\n" and ann.replica.is_synced(ann.opened["a.py"])


def test_opening_a_document_of_the_index() -> None:
    hub, _ann, _bob = pair("text\n")
    cas = Editor(hub, "p:cas")
    cas.connect()
    settle(hub, cas)
    assert cas.heard(IndexChanged)[-1].entries[MAIN].path == "main.py"
    assert not cas.replica.is_synced(MAIN)
    cas.do(cas.replica.open(MAIN, hub.now))
    settle(hub, cas)
    assert cas.heard(DocumentSynced) == [DocumentSynced(MAIN)] and cas.texts[MAIN] == "text\n"
    cas.do(cas.replica.open(MAIN, hub.now))
    assert len(cas.heard(DocumentSynced)) == 2, "opening again says so again"


def test_every_reconnect_says_that_the_document_is_in_step_again() -> None:
    hub, ann, bob = pair()
    for _ in range(2):
        ann.disconnect()
        assert ann.replica.is_synced(MAIN), "it may still be shown and edited"
        ann.connect()
        settle(hub, ann, bob)
    assert len(ann.heard(DocumentSynced)) == 3


def test_an_edit_is_unacknowledged_until_it_is_durable() -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    ann.type(1, "b")
    while ann.outbox:
        ann.send()
    assert ann.replica.unacknowledged() == ann.replica.unacknowledged(MAIN) == 2
    hub.commit(1)
    while ann.inbox:
        ann.read()
    assert ann.replica.unacknowledged() == 1
    settle(hub, ann, bob)
    assert [told.unacknowledged for told in ann.heard(Acknowledged)][-2:] == [1, 0]


def test_what_is_acknowledged_after_a_reconnect_covers_what_was_sent_before_it() -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    while ann.outbox:
        ann.send()
    ann.disconnect()  # the hub has it, uncommitted; the acknowledgement cannot come any more
    ann.connect()
    while ann.outbox:
        ann.send()
    while ann.inbox:
        ann.read()
    while ann.outbox:
        ann.send()
    assert ann.replica.unacknowledged() == 1, "the hub knows it, but it is not durable"
    settle(hub, ann, bob)
    assert ann.replica.unacknowledged() == 0 and hub.stored_text() == "a"


def test_undo_takes_back_only_our_own_step_and_tells_what_changed() -> None:
    hub, ann, bob = pair("start\n")
    ann.type(0, "ann ")
    settle(hub, ann, bob)
    bob.type(0, "bob ")
    settle(hub, ann, bob)
    ann.do(ann.replica.undo(MAIN, hub.now))
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == hub.stored_text() == "bob start\n"
    ann.do(ann.replica.redo(MAIN, hub.now))
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "bob ann start\n"
    assert ann.replica.redo(MAIN, hub.now) == []


def test_an_edit_that_changes_nothing_sends_nothing() -> None:
    hub, ann, _ = pair()
    assert ann.replica.edit(MAIN, (), hub.now) == []


def test_a_document_is_closed_only_when_all_of_it_is_safe() -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    ann.do(ann.replica.close(MAIN, hub.now))
    assert ann.replica.shared_text(MAIN) is not None
    settle(hub, ann, bob)
    ann.do(ann.replica.close(MAIN, hub.now))
    assert ann.replica.shared_text(MAIN) is None
    bob.type(0, "b")
    settle(hub, ann, bob)
    assert not [change for change in ann.heard(TextChanged) if change.edits[0].new_text == "b"]
    ann.do(ann.replica.open(MAIN, hub.now))
    ann.texts.clear()
    settle(hub, ann, bob)
    assert ann.texts[MAIN] == "ba"


def test_requests_are_answered_also_when_the_connection_is_lost() -> None:
    hub, ann, bob = pair()
    number, effects = ann.replica.request("participants", {}, hub.now)
    ann.do(effects)
    settle(hub, ann, bob)
    answer = ann.heard(RequestAnswered)[-1]
    assert answer.request_id == number
    assert [person["name"] for person in answer.result["participants"]] == ["Ann", "Bob"]
    number, effects = ann.replica.request("participants", {}, hub.now)
    ann.do(effects)
    ann.disconnect()
    assert ann.heard(RequestAnswered)[-1].request_id == number
    assert ann.heard(RequestAnswered)[-1].error[0] == "disconnected"
    ann.do(ann.replica.request("participants", {}, hub.now)[1])
    assert ann.heard(RequestAnswered)[-1].error[0] == "disconnected"


def test_awareness_goes_out_a_few_times_a_second_with_the_newest_state() -> None:
    hub, ann, bob = pair()
    hub.now += 10
    for number in range(20):
        ann.do(ann.replica.set_awareness(MAIN, {"number": number}, hub.now))
    assert len(ann.outbox) == 1
    assert ann.replica.wake_at <= hub.now + 0.1
    hub.now += 0.1
    ann.tick()
    sent = [decode_frame(frame)[1] for frame in ann.outbox if isinstance(frame, bytes)]
    assert len([message for message in sent if isinstance(message, AwarenessUpdate)]) == 2
    settle(hub, ann, bob)
    assert [state["number"] for state in bob.replica.awareness_states(MAIN).values()] == [19]


def test_awareness_is_renewed_before_others_drop_it() -> None:
    hub, ann, bob = pair()
    ann.do(ann.replica.set_awareness(INDEX, {"document": MAIN, "line": 1}, hub.now))
    settle(hub, ann, bob)
    for _ in range(8):
        hub.tick(5)
        ann.tick()
        settle(hub, ann, bob)
    (state,) = bob.replica.awareness_states(INDEX).values()
    assert state["user"]["participantId"] == "p:ann" and state["line"] == 1


def test_after_a_reconnect_we_are_seen_where_we_are() -> None:
    hub, ann, bob = pair()
    ann.do(ann.replica.set_awareness(MAIN, {"here": True}, hub.now))
    settle(hub, ann, bob)
    ann.disconnect()
    settle(hub, bob)
    assert not bob.replica.awareness_states(MAIN)
    ann.connect()
    settle(hub, ann, bob)
    assert [state["here"] for state in bob.replica.awareness_states(MAIN).values()] == [True]


def test_without_a_connection_nobody_else_is_here() -> None:
    hub, ann, bob = pair()
    bob.do(bob.replica.set_awareness(MAIN, {}, hub.now))
    settle(hub, ann, bob)
    assert ann.replica.awareness_states(MAIN)
    before = len(ann.heard(AwarenessChanged))
    ann.disconnect()
    assert not ann.replica.awareness_states(MAIN) and len(ann.heard(AwarenessChanged)) > before


def test_leaving_a_document_is_seen() -> None:
    hub, ann, bob = pair()
    bob.do(bob.replica.set_awareness(MAIN, {}, hub.now))
    settle(hub, ann, bob)
    bob.do(bob.replica.close(MAIN, hub.now))
    settle(hub, ann, bob)
    assert not ann.replica.awareness_states(MAIN)
    bob.do(bob.replica.open(MAIN, hub.now))  # with a new client id
    bob.do(bob.replica.set_awareness(MAIN, {"back": True}, hub.now))
    settle(hub, ann, bob)
    assert [state["back"] for state in ann.replica.awareness_states(MAIN).values()] == [True]


def test_a_lost_relay_is_noticed_and_asked_for() -> None:
    hub, ann, bob = pair()
    ann.type(0, "a")
    ann.type(1, "b")
    ann.send()
    hub.commit()
    bob.inbox.clear()
    ann.send()
    hub.commit()
    bob.read()
    assert [type(decode_frame(bytes(frame))[1]) for frame in bob.outbox] == [SyncStep1]  # type: ignore[arg-type]  # bytes-like
    settle(hub, ann, bob)
    assert bob.text() == "ab"


def test_frames_for_documents_that_are_not_open_are_dropped() -> None:
    hub, ann, _ = pair()
    assert ann.replica.receive(b"\x05other\x00\x02\x02\x00\x00", hub.now) == []


def test_every_replica_has_a_client_id_of_its_own() -> None:
    hub, ann, _ = pair()
    ann.open("b.py")
    settle(hub, ann)
    first, second = ann.replica.shared_text(MAIN), ann.replica.shared_text(ann.opened["b.py"])
    assert first is not None and second is not None and first.client_id != second.client_id


def test_nothing_is_due_at_rest() -> None:
    hub, ann, bob = pair()
    settle(hub, ann, bob, seconds=3)
    assert ann.replica.wake_at == float("inf") == hub.room.wake_at
    assert ann.replica.tick(hub.now) == [] == hub.room.tick(hub.now)


def test_a_stock_client_and_a_replica_see_each_others_carets() -> None:
    hub, ann, _ = pair("text\n")
    stock = Stock(hub, name="Stock")
    stock.connect()
    settle(hub, ann, stock)
    stock.set_awareness({"user": {}, "cursor": None})
    settle(hub, ann, stock)
    effects = ann.replica.set_awareness(MAIN, {"cursor": None}, hub.now + 1)
    (frame,) = [effect.data for effect in effects if isinstance(effect, SendFrame)]
    assert isinstance(decode_frame(frame)[1], AwarenessUpdate)
    ann.do(effects)
    settle(hub, ann, stock)
    assert stock.names() == {"Ann"}
    assert [state["user"]["name"] for state in ann.replica.awareness_states(MAIN).values()] == ["Stock"]
