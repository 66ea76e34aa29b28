"""Who is where: everybody speaks for itself, the hub says who it is."""

from typing import Any

from pair_ls.crdt.anchor import anchor_at, offset_of
from pair_ls.crdt.awareness import AwarenessEntry, encode_awareness
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.ids import INDEX, MAIN, ParticipantId
from pair_ls.room.limits import RoomLimits
from pair_ls.room.looks import clean_color, clean_name
from pair_ls.room.messages import AwarenessUpdate
from pair_ls.room.role import Role
from tests.room.stage import Client, Editor, Hub, Simple, Stock, settle


def room_of(*clients: Client) -> Hub:
    hub = clients[0].hub
    hub.create_main()
    for client in clients:
        client.connect()
        if isinstance(client, Editor):
            client.open("main.py")
    settle(hub, *clients)
    return hub


def states_seen_by(editor: Editor) -> list[dict[str, Any]]:
    return list(editor.replica.awareness_states(MAIN).values())


def test_the_hub_says_who_somebody_is() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann", name="Ann", color="#123456")
    bob = Stock(hub, "p:bob", Role.VIEWER)
    room_of(ann, bob)
    lie = {"name": "Boss", "color": "#ff0000", "role": "owner", "participantId": "p:ann", "extra": 1}
    ann.do(ann.replica.set_awareness(MAIN, {"user": lie, "cursor": None}, hub.now))
    settle(hub, ann, bob)
    ((_, state),) = [known for i, known in bob.states.items() if i != bob.shared.client_id]
    assert state == {
        "user": {
            "name": "Ann",
            "color": "#123456",
            "colorLight": "#12345633",
            "role": "editor",
            "participantId": "p:ann",
        },
        "cursor": None,
    }


def test_a_client_without_a_name_in_the_handshake_says_its_own() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann", name="Ann"), Stock(hub)
    room_of(ann, bob)
    bob.set_awareness({"user": {"name": " B\u202eob\n ", "color": "red"}})
    settle(hub, ann, bob)
    (user,) = [state["user"] for state in states_seen_by(ann)]
    assert user["name"] == "B ob" and user["color"].startswith("#")
    assert [p.name for p in hub.room.participants()] == ["Ann", "B ob"]


def test_all_kinds_of_clients_see_each_other() -> None:
    hub = Hub()
    ann, bob, sue = Editor(hub, "p:ann", name="Ann"), Stock(hub, name="Bob"), Simple(hub, "sue")
    room_of(ann, bob, sue)
    ann.type(0, "x = '😀'\n")
    settle(hub, ann, bob, sue)
    ann.do(ann.replica.set_awareness(INDEX, {"document": MAIN, "line": 0}, hub.now))
    shared = ann.replica.shared_text(MAIN)
    assert shared is not None
    caret = anchor_at(shared, 6)
    ann.do(ann.replica.set_awareness(MAIN, {"cursor": {"anchor": caret, "head": caret}}, hub.now))
    bob.set_awareness({"user": {"name": "Bob"}})
    sue.say("cursor_update", cursorPosition=7)  # behind the 😀, in UTF-16 units
    settle(hub, ann, bob, sue)
    assert bob.names() == {"Ann", "sue"}
    assert {state["user"]["name"] for state in states_seen_by(ann)} == {"Bob", "sue"}
    (of_sue,) = [state for state in states_seen_by(ann) if state["user"]["name"] == "sue"]
    assert offset_of(shared, of_sue["cursor"]["head"]) == 6
    (of_ann,) = [m for m in sue.heard if m["type"] == "cursor_update" and m["data"]["name"] == "Ann"]
    assert of_ann["data"]["cursorPosition"] == 7 and of_ann["userId"] == "p:ann"
    assert {state["user"]["name"]: state["document"] for state in ann.replica.awareness_states(INDEX).values()} == {
        "Bob": "main",
        "sue": "main",
    }
    assert [(p.name, p.document_id, p.line) for p in hub.room.participants()] == [
        ("Ann", "main", 0),
        ("Bob", "main", None),
        ("sue", "main", 0),
    ]


def test_who_leaves_is_seen_to_leave_and_can_come_back_with_the_same_client_id() -> None:
    hub = Hub()
    ann, bob = Stock(hub, name="Ann"), Stock(hub, name="Bob")
    room_of(ann, bob)
    for _ in range(3):
        bob.set_awareness({"user": {}})
        settle(hub, ann, bob)
        assert ann.names() == {"Bob"}
        bob.disconnect()
        settle(hub, ann)
        assert ann.names() == set()
        bob.connect()  # y-websocket sends its state again, with the clock that it had
        settle(hub, ann, bob)
        assert ann.names() == {"Bob"}


def test_who_comes_back_sees_at_once_who_is_there() -> None:
    hub = Hub()
    ann, bob, cas = Editor(hub, "p:ann", name="Ann"), Stock(hub, name="Bob"), Stock(hub, name="Cas")
    room_of(ann, bob, cas)
    cas.set_awareness({"user": {}})
    settle(hub, ann, bob, cas)
    for client in (ann, bob):
        client.disconnect()
        client.connect()
    settle(hub, ann, bob, cas)
    assert bob.names() == {"Cas"}
    assert [state["user"]["name"] for state in states_seen_by(ann)] == ["Cas"]


def test_what_stock_clients_repeat_of_others_changes_nothing() -> None:
    hub = Hub()
    stocks = [Stock(hub, name=name) for name in ("Ann", "Bob", "Cas")]
    room_of(*stocks)
    for round_number in range(5):
        for stock in stocks:
            stock.set_awareness({"user": {}, "round": round_number})
        settle(hub, *stocks)
    ann, bob, cas = stocks
    assert [stock.names() for stock in stocks] == [{"Bob", "Cas"}, {"Ann", "Cas"}, {"Ann", "Bob"}]
    bob.states[ann.shared.client_id] = (bob.states[ann.shared.client_id][0], None)  # Bob thinks Ann is gone
    bob._tell_awareness([ann.shared.client_id])
    settle(hub, *stocks)
    assert cas.names() == {"Ann", "Bob"} and all(stock.closed is None for stock in stocks)


def test_an_echo_of_somebody_who_left_does_not_become_the_listener() -> None:
    hub = Hub()
    ann, bob, cas = Stock(hub, name="Ann"), Stock(hub, name="Bob"), Stock(hub, name="Cas")
    room_of(ann, bob, cas)
    ann.set_awareness({"user": {}})
    for client in (ann,):
        while client.outbox:
            client.send()
    while bob.inbox:
        bob.read()
    ann.disconnect()
    while bob.outbox:  # only now the echo arrives, the first awareness that Bob ever sends
        bob.send()
    settle(hub, bob, cas)
    assert cas.names() == set()
    bob.set_awareness({"user": {}})
    settle(hub, bob, cas)
    assert cas.names() == {"Bob"}


def test_to_speak_for_another_is_refused() -> None:
    hub = Hub()
    ann, eve = Stock(hub, "p:ann", name="Ann"), Stock(hub, "p:eve", name="Eve")
    room_of(ann, eve)
    ann.set_awareness({"user": {}})
    settle(hub, ann, eve)
    eve.say(AwarenessUpdate(encode_awareness([AwarenessEntry(ann.shared.client_id, 1000, {"user": {}})])))
    settle(hub, ann, eve)
    assert eve.closed is not None and eve.closed[0] == CloseCode.NOT_ALLOWED
    assert ann.closed is None


def test_to_speak_for_a_client_id_that_has_written_is_refused() -> None:
    hub = Hub()
    ann, eve = Stock(hub, "p:ann"), Stock(hub, "p:eve")
    room_of(ann, eve)
    ann.type(0, "x")
    settle(hub, ann, eve)
    eve.say(AwarenessUpdate(encode_awareness([AwarenessEntry(ann.shared.client_id, 1, {"user": {}})])))
    settle(hub, ann, eve)
    assert eve.closed is not None and eve.closed[0] == CloseCode.NOT_ALLOWED


def test_nobody_can_silence_itself_with_a_huge_clock() -> None:
    hub = Hub()
    ann, bob = Stock(hub, "p:ann", name="Ann"), Stock(hub, "p:bob", name="Bob")
    room_of(ann, bob)
    bob.states[bob.shared.client_id] = (2**31 - 3, {"user": {}})
    bob._tell_awareness([bob.shared.client_id])
    settle(hub, ann, bob)
    assert ann.names() == {"Bob"} and max(clock for clock, _ in ann.states.values()) < 2**25


def test_only_the_newest_state_goes_out_and_not_more_often_than_the_interval() -> None:
    hub = Hub(limits=RoomLimits(awareness_interval=0.05))
    ann, bob = Stock(hub, name="Ann"), Stock(hub, name="Bob")
    room_of(ann, bob)
    hub.tick(1)
    for number in range(20):
        bob.set_awareness({"user": {}, "number": number})
        while bob.outbox:
            bob.send()
    assert len(ann.inbox) == 1
    hub.tick(0.05)
    assert len(ann.inbox) == 2
    settle(hub, ann, bob)
    assert [state["number"] for i, (_, state) in ann.states.items() if state and i == bob.shared.client_id] == [19]


def test_who_is_silent_for_30_seconds_is_gone_but_simple_clients_are_kept_up() -> None:
    hub = Hub()
    ann, bob, sue = Stock(hub, name="Ann"), Stock(hub, name="Bob"), Simple(hub, "sue")
    room_of(ann, bob, sue)
    bob.set_awareness({"user": {}})
    sue.say("cursor_update", cursorPosition=0)
    settle(hub, ann, bob, sue)
    assert ann.names() == {"Bob", "sue"}
    clock_of_sue = {state["user"]["name"]: clock for clock, state in ann.states.values() if state}["sue"]
    for _ in range(4):
        assert hub.room.wake_at <= hub.now + 30
        hub.tick(15)
        settle(hub, ann, bob, sue)
    assert ann.names() == {"sue"}
    assert {state["user"]["name"]: clock for clock, state in ann.states.values() if state}["sue"] > clock_of_sue


def test_a_change_of_role_shows_in_awareness() -> None:
    hub = Hub()
    ann, bob = Stock(hub, "p:ann", name="Ann"), Stock(hub, "p:bob", name="Bob")
    room_of(ann, bob)
    bob.set_awareness({"user": {}})
    settle(hub, ann, bob)
    hub.do(hub.room.set_role(ParticipantId("p:bob"), Role.VIEWER, hub.now))
    settle(hub, ann, bob)
    assert [state["user"]["role"] for i, (_, state) in ann.states.items() if state and i != ann.shared.client_id] == [
        "viewer"
    ]


def test_a_state_that_is_too_large_or_malformed_closes_its_sender() -> None:
    for bad in (
        encode_awareness([AwarenessEntry(7, 1, {"x": "y" * 5000})]),
        b"\x01\x07\x01\x03[1]",
        b"\x01\x07\x01\x02{\xff",
        b"\x01\x07\x01\x0b" + b'{"x":1e999}',
        b"\xff\xff\xff\xff\x0f",
    ):
        hub = Hub()
        ann, eve = Stock(hub), Stock(hub)
        room_of(ann, eve)
        eve.say(AwarenessUpdate(bad))
        settle(hub, ann, eve)
        assert eve.closed is not None and eve.closed[0] == CloseCode.BAD_MESSAGE
        assert ann.closed is None


def test_names_and_colors_are_fit_for_a_screen() -> None:
    assert clean_name(" Zoë\t😀\u202e ") == "Zoë 😀"
    assert clean_name("x" * 1000) == "x" * 64
    assert clean_name(None) == clean_name("\u2028") == ""
    assert clean_color("#ABCDEF", otherwise_of="a") == "#ABCDEF"
    assert clean_color("url(x)", otherwise_of="a") == clean_color(None, otherwise_of="a")


def test_a_stock_client_that_is_alone_hears_something_often_enough_to_stay_connected() -> None:
    """y-websocket closes a connection on which it has heard nothing for 30 s; it tells its own state every 15 s."""
    hub = Hub()
    bob = Stock(hub)
    room_of(bob)
    bob.is_listening = True
    for heard in (1, 2, 3):
        hub.now += 15
        bob.set_awareness({"user": {"name": "Bob"}})
        bob.set_awareness({"user": {"name": "Bob"}, "cursor": None})
        settle(hub, bob)
        assert len(bob.listened) == heard


def test_a_state_as_large_as_it_may_be_reaches_every_replica() -> None:
    hub = Hub()
    ann, bob, eve = Editor(hub, "p:ann"), Editor(hub, "p:bob"), Stock(hub, "p:eve", Role.VIEWER)
    room_of(ann, bob, eve)
    largest = {"x": "y" * (RoomLimits().awareness_bytes - len('{"x":""}'))}
    eve.set_awareness(largest)
    settle(hub, ann, bob, eve)
    for editor in (ann, bob):
        assert editor.is_connected
        assert [state["x"] for state in states_seen_by(editor)] == [largest["x"]]


def test_more_participants_than_one_message_may_name_are_all_seen_to_come_and_to_go() -> None:
    hub = Hub()
    hub.create_main()
    crowd = [Stock(hub, f"p:{number}", name=str(number)) for number in range(300)]
    for one in crowd:
        one.is_listening = True
        one.connect()
        one.set_awareness({"cursor": None})
        while one.outbox:
            one.send()
        while hub.loads:
            hub.load()
    hub.tick(1.0)
    ann, bob = Editor(hub, "p:ann"), Stock(hub, "p:bob")
    for client in (ann, bob):
        client.connect()
    ann.open()
    settle(hub, ann, bob)
    assert len(states_seen_by(ann)) == len(bob.names()) == 300
    for one in crowd:
        one.disconnect()
    settle(hub, ann, bob)
    assert ann.is_connected
    assert not states_seen_by(ann) and not bob.names()
