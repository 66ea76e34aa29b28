"""Rights are enforced by the hub, on every message."""

from typing import Any

import pytest

from pair_ls.crdt.awareness import AwarenessEntry, encode_awareness
from pair_ls.crdt.encoding import write_var_uint
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.effects import NoticeReceived, RequestAnswered, ResetDocument, RoleChanged
from pair_ls.room.ids import INDEX, MAIN, ParticipantId
from pair_ls.room.messages import AwarenessUpdate, SyncStep2, Update, encode_frame
from pair_ls.room.role import Role
from tests.room.stage import Client, Editor, Hub, Simple, Stock, settle


def room_with(*clients: Client, text: str = "x = 1  # é😀\n") -> Hub:
    hub = clients[0].hub
    hub.create_main()
    for client in clients:
        client.connect()
        if isinstance(client, Editor):
            client.open("main.py")
    settle(hub, *clients)
    ann = next(client for client in clients if isinstance(client, Editor))
    ann.type(0, text)
    settle(hub, *clients)
    return hub


def test_an_update_of_a_viewer_is_not_applied_stored_or_sent_on() -> None:
    hub = Hub()
    ann, vic = Editor(hub, "p:ann"), Stock(hub, "p:vic", Role.VIEWER)
    room_with(ann, vic)
    stored = len(hub.store[MAIN])
    vic.type(0, "no ")
    vic.type(0, "no ")
    settle(hub, ann, vic)
    assert ann.text() == hub.stored_text() == hub.room.text(MAIN) == "x = 1  # é😀\n"
    assert len(hub.store[MAIN]) == stored
    assert len(vic.denials) == 1, "it is told once, then the rest is dropped"
    assert vic.closed is None
    ann.type(0, "y")
    settle(hub, ann, vic)
    assert "y" in vic.text


def test_a_viewer_is_not_asked_for_what_it_has_and_a_redundant_step_2_is_fine() -> None:
    hub = Hub()
    ann, vic = Editor(hub, "p:ann"), Stock(hub, "p:vic", Role.VIEWER, acknowledges=True)
    room_with(ann, vic)
    vic.say(SyncStep2(b"\x00\x00"))
    vic.say(SyncStep2(vic.shared.document.update_since()))
    settle(hub, ann, vic)
    assert not vic.denials and vic.closed is None
    assert vic.acknowledged == 2


def test_the_replica_of_a_viewer_goes_back_to_the_text_of_the_hub_and_tells_what_it_held() -> None:
    hub = Hub()
    ann, vic = Editor(hub, "p:ann"), Editor(hub, "p:vic", Role.VIEWER)
    room_with(ann, vic)
    vic.type(0, "mine ")
    settle(hub, ann, vic)
    assert [reset.text for reset in vic.heard(ResetDocument)] == ["mine x = 1  # é😀\n"]
    assert vic.text() == ann.text() == "x = 1  # é😀\n"
    assert vic.replica.unacknowledged() == 0
    vic.type(0, "again ")
    settle(hub, ann, vic)
    assert vic.text() == ann.text() == "x = 1  # é😀\n"


def test_a_viewer_may_not_create_rename_delete_or_seed() -> None:
    hub = Hub()
    ann, vic = Editor(hub, "p:ann"), Editor(hub, "p:vic", Role.VIEWER)
    room_with(ann, vic)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("openDocument", {"path": "new.py", "language": "python"}),
        ("renameDocument", {"documentId": MAIN, "path": "other.py"}),
        ("deleteDocument", {"documentId": MAIN}),
        ("seedDocument", {"documentId": MAIN, "text": "no"}),
    ]
    for method, params in asked:
        vic.do(vic.replica.request(method, params, hub.now)[1])
    settle(hub, ann, vic)
    answers = [answer.error[0] for answer in vic.heard(RequestAnswered)]
    assert answers == ["not-allowed"] * 4
    assert {entry.path for entry in vic.replica.entries().values()} == {"main.py"}
    vic.open("new.py")
    settle(hub, ann, vic)
    assert "not-allowed" in [notice.code for notice in vic.heard(NoticeReceived)]


def test_a_simple_viewer_is_told_and_shown_the_text_again() -> None:
    hub = Hub()
    ann, sue = Editor(hub, "p:ann"), Simple(hub, "sue", Role.VIEWER)
    room_with(ann, sue)
    sue.type(0, "no ")
    settle(hub, ann, sue)
    assert sue.types()[-2:] == ["error", "code_update"]
    assert sue.heard[-2]["data"]["code"] == "not-allowed"
    assert sue.code == ann.text() == "x = 1  # é😀\n"


def test_a_simple_viewer_may_type_on_and_move_its_caret_before_it_is_shown_the_text_again() -> None:
    hub = Hub()
    ann, sue = Editor(hub, "p:ann"), Simple(hub, "sue", Role.VIEWER, names_versions=True)
    room_with(ann, sue)
    for text in ("n", "o", " "):
        sue.type(0, text)
    sue.say("cursor_update", cursorPosition=3)
    settle(hub, ann, sue)
    assert sue.closed is None
    assert sue.code == ann.text() == "x = 1  # é😀\n"
    sue.type(0, "no ")
    sue.send()
    hub.do(hub.room.set_role(ParticipantId("sue"), Role.EDITOR, hub.now))
    sue.type(0, "y ")
    sue.send()
    settle(hub, ann, sue)
    assert sue.closed is None and sue.code == ann.text()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_nobody_takes_the_client_id_of_a_simple_client(role: Role) -> None:
    hub = Hub()
    hub.create_main()
    sue, eve = Simple(hub, "sue"), Editor(hub, "p:eve", role)
    for client in (sue, eve):
        client.connect()
    eve.open("main.py")
    settle(hub, sue, eve)
    (stolen,) = [i for i, state in eve.replica.awareness_states(INDEX).items() if state["user"]["name"] == "sue"]
    claim = encode_awareness([AwarenessEntry(stolen, 9, {"a": 1})])
    eve.outbox.append(encode_frame(MAIN, AwarenessUpdate(claim)))
    settle(hub, sue, eve)
    assert eve.closed is not None and eve.closed[0] == CloseCode.NOT_ALLOWED
    sue.type(0, "é")
    settle(hub, sue)
    assert sue.closed is None and hub.stored_text() == "é"


def test_a_role_can_be_taken_and_given_back_while_connected() -> None:
    hub = Hub()
    ann, bob, stock = Editor(hub, "p:ann"), Editor(hub, "p:bob"), Stock(hub, "p:stock")
    room_with(ann, bob, stock, text="")
    hub.do(hub.room.set_role(ParticipantId("p:bob"), Role.VIEWER, hub.now))
    hub.do(hub.room.set_role(ParticipantId("p:stock"), Role.VIEWER, hub.now))
    settle(hub, ann, bob, stock)
    assert bob.replica.role is Role.VIEWER
    assert bob.heard(RoleChanged)[-1].role is Role.VIEWER
    bob.type(0, "b")
    stock.type(0, "s")
    settle(hub, ann, bob, stock)
    assert ann.text() == ""
    hub.do(hub.room.set_role(ParticipantId("p:bob"), Role.EDITOR, hub.now))
    hub.do(hub.room.set_role(ParticipantId("p:stock"), Role.EDITOR, hub.now))
    settle(hub, ann, bob, stock)
    assert ann.text() == stock.text == "s", "a stock client's text is asked for; bob's replica went back to the hub's"
    bob.type(0, "b")
    settle(hub, ann, bob, stock)
    assert ann.text() == bob.text() == stock.text == "bs"


def test_a_role_holds_for_all_connections_of_a_person_and_of_the_anonymous_for_one() -> None:
    hub = Hub()
    one, two = Stock(hub, "p:ann"), Stock(hub, "p:ann")
    unnamed, other = Stock(hub), Stock(hub)
    for client in (one, two, unnamed, other):
        client.connect()
    ids = [participant.participant_id for participant in hub.room.participants()]
    assert ids == ["p:ann", "p:ann", "anonymous", "anonymous (2)"]
    hub.do(hub.room.set_role(ParticipantId("p:ann"), Role.VIEWER, hub.now))
    hub.do(hub.room.set_role(ParticipantId("anonymous (2)"), Role.VIEWER, hub.now))
    roles = [participant.role for participant in hub.room.participants()]
    assert roles == [Role.VIEWER, Role.VIEWER, Role.EDITOR, Role.VIEWER]


def test_who_is_removed_is_closed_and_the_others_see_it_leave() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    room_with(ann, bob)
    hub.do(hub.room.kick(ParticipantId("p:bob"), "removed by an owner", hub.now))
    assert bob.closed == (CloseCode.REMOVED, "removed by an owner")
    assert [participant.participant_id for participant in hub.room.participants()] == ["p:ann"]


def test_a_closed_room_closes_everyone() -> None:
    hub = Hub()
    ann, stock, sue = Editor(hub, "p:ann"), Stock(hub), Simple(hub, "sue")
    room_with(ann, stock, sue)
    hub.do(hub.room.close(CloseCode.ROOM_CLOSED, "the room was deleted"))
    assert {client.closed for client in (ann, stock, sue)} == {(CloseCode.ROOM_CLOSED, "the room was deleted")}
    assert hub.room.is_idle


def test_the_client_id_of_another_cannot_be_used() -> None:
    hub = Hub()
    ann, eve = Editor(hub, "p:ann"), Stock(hub, "p:eve")
    room_with(ann, eve)
    victim = ann.replica.shared_text(MAIN)
    assert victim is not None
    # What the victim would type next, with other content: everybody's state vectors would agree, the texts never again.
    clock = victim.document.state()[victim.client_id]
    update = b"\x01\x01" + write_var_uint(victim.client_id) + write_var_uint(clock) + b"\x04\x01\x07content\x04EVIL\x00"
    eve.say(Update(update))
    settle(hub, ann, eve)
    assert eve.closed is not None and eve.closed[0] == CloseCode.NOT_ALLOWED
    ann.type(0, "fine ")
    settle(hub, ann)
    assert hub.stored_text() == ann.text() == "fine x = 1  # é😀\n"
