"""Clients that speak JSON and send whole texts: nobody's text is lost, whoever types at once."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_text import SharedText
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.ids import MAIN
from pair_ls.room.limits import RoomLimits
from pair_ls.room.simple_client import SimpleClient, code_point_offset, shared_form
from pair_ls.text import Edit
from tests.room.stage import Client, Editor, Hub, Simple, Stock, settle


def joined(hub: Hub, *clients: Client) -> None:
    for client in clients:
        client.connect()
    settle(hub, *clients)


def test_the_first_answer_is_the_state_of_the_room() -> None:
    hub = Hub()
    hub.create_main()
    stock, sue = Stock(hub, "p:stock", name="Stock"), Simple(hub, "sue")
    joined(hub, stock)
    stock.type(0, "é😀\n")
    settle(hub, stock)
    joined(hub, sue)
    state = sue.heard[0]
    assert (state["type"], state["userId"]) == ("room_state", "sue")
    assert {key: state["data"][key] for key in ("code", "language", "documentId", "role")} == {
        "code": "é😀\n",
        "language": "python",
        "documentId": "main",
        "role": "editor",
    }
    assert [person["name"] for person in state["data"]["participants"]] == ["Stock", "sue"]


def test_the_state_waits_for_the_commit_of_what_it_shows() -> None:
    hub = Hub()
    hub.create_main()
    stock, sue = Stock(hub), Simple(hub, "sue")
    joined(hub, stock)
    stock.type(0, "x")
    stock.send()
    sue.connect()
    sue.send()
    assert not sue.inbox
    settle(hub, stock, sue)
    assert sue.heard[0]["data"]["code"] == "x"


def test_two_who_change_different_lines_at_once_both_keep_their_change() -> None:
    hub = Hub()
    hub.create_main()
    sue, tom = Simple(hub, "sue"), Simple(hub, "tom")
    joined(hub, sue, tom)
    sue.type(0, "one\ntwo\nthree\n")
    settle(hub, sue, tom)
    sue.type(0, "é ")
    tom.type(8, "😀 ")  # its text does not have sue's change
    settle(hub, sue, tom)
    assert sue.code == tom.code == hub.stored_text() == "é one\ntwo\n😀 three\n"


def test_a_client_that_types_on_before_it_has_seen_the_merged_text_loses_nothing() -> None:
    hub = Hub()
    hub.create_main()
    sue, stock = Simple(hub, "sue"), Stock(hub)
    joined(hub, sue, stock)
    sue.type(0, "abc\n")
    settle(hub, sue, stock)
    stock.type(0, "stock\n")
    settle(hub, stock)  # sue has not read it yet
    for offset, letter in enumerate("def", start=3):
        sue.type(offset, letter)
        while sue.outbox:
            sue.send()
    settle(hub, sue, stock)
    assert sue.code == stock.text == "stock\nabcdef\n"


@pytest.mark.parametrize("names_versions", [True, False])
def test_a_version_or_the_nearest_text_says_what_the_client_saw(names_versions: bool) -> None:
    hub = Hub()
    hub.create_main()
    sue, stock = Simple(hub, "sue", names_versions=names_versions), Stock(hub)
    joined(hub, sue, stock)
    sue.type(0, "def f():\n    pass\n")
    settle(hub, sue, stock)
    for line in ("# 1\n", "# 2\n", "# 3\n"):
        stock.type(0, line)
        settle(hub, stock)
        hub.tick(0.1)
    sue.read()
    assert sue.code == "# 1\ndef f():\n    pass\n"
    sue.type(17, "return 1", delete=4)
    settle(hub, sue, stock)
    assert sue.code == stock.text == "# 3\n# 2\n# 1\ndef f():\n    return 1\n"


def test_joining_with_code_begins_an_empty_document_and_never_overwrites() -> None:
    hub = Hub()
    sue, tom = Simple(hub, "sue"), Simple(hub, "tom")
    sue.greet = lambda: sue.say("join_room", code="first\r\n")  # type: ignore[method-assign]  # what it does first is the test
    tom.greet = lambda: tom.say("join_room", code="second\n")  # type: ignore[method-assign]  # what it does first is the test
    joined(hub, sue, tom)
    assert sue.code == tom.code == hub.stored_text() == "first\n"


def test_others_are_told_who_comes_and_goes() -> None:
    hub = Hub()
    hub.create_main()
    sue, tom, ann = Simple(hub, "sue"), Simple(hub, "sue"), Editor(hub, "p:ann", name="Ann")
    joined(hub, sue)
    joined(hub, tom)
    joined(hub, ann)
    ann.disconnect()
    tom.say("leave_room")
    settle(hub, sue, tom)
    assert [(m["type"], m["userId"], m["data"]["name"]) for m in sue.heard if m["type"].startswith("user_")] == [
        ("user_joined", "sue (2)", "sue"),
        ("user_joined", "p:ann", "Ann"),
        ("user_left", "p:ann", "Ann"),
        ("user_left", "sue (2)", "sue"),
    ]
    assert tom.closed == (CloseCode.NORMAL, "left")


def test_who_changed_the_code_is_told() -> None:
    hub = Hub()
    hub.create_main()
    sue, stock = Simple(hub, "sue"), Stock(hub, "p:stock")
    joined(hub, sue, stock)
    stock.type(0, "x")
    settle(hub, sue, stock)
    assert sue.heard[-1]["userId"] == "p:stock"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "bad-json"),
        ("[1]", "bad-json"),
        ("[" * 100_000, "bad-json"),
        ('{"type": "fly"}', "unknown-message"),
        ('{"type": "code_update", "data": 7}', "bad-message"),
        ('{"type": "code_update", "data": {"code": 7}}', "bad-message"),
        ('{"type": "cursor_update", "data": {"cursorPosition": -1}}', "bad-message"),
        ('{"type": "cursor_update", "data": {"cursorPosition": true}}', "bad-message"),
        ('{"type": "join_room", "userId": "sue"}', "already-joined"),
        (json.dumps({"type": "code_update", "data": {"code": "x" * 200}}), "document-full"),
    ],
)
def test_a_mistake_is_explained_and_the_connection_stays(text: str, code: str) -> None:
    hub = Hub(limits=RoomLimits(document_bytes=100))
    hub.create_main()
    sue = Simple(hub, "sue")
    joined(hub, sue)
    sue.outbox.append(text)
    settle(hub, sue)
    assert sue.heard[-1]["type"] == "error" and sue.heard[-1]["data"]["code"] == code
    sue.type(0, "fine")
    settle(hub, sue)
    assert hub.stored_text() == "fine"


def test_who_goes_on_making_mistakes_is_closed() -> None:
    hub = Hub()
    hub.create_main()
    sue = Simple(hub, "sue")
    joined(hub, sue)
    sue.outbox.extend(["nonsense"] * 30)
    settle(hub, sue)
    assert sue.closed is not None and sue.closed[0] == CloseCode.BAD_MESSAGE


def test_code_before_joining_is_refused() -> None:
    hub = Hub()
    hub.create_main()
    sue = Simple(hub, "sue")
    sue.greet = lambda: None  # type: ignore[method-assign]  # what it does first is the test
    joined(hub, sue)
    sue.say("code_update", code="x")
    settle(hub, sue)
    assert sue.heard[-1]["data"]["code"] == "join-first" and hub.stored_text() == ""


def test_a_text_takes_the_form_that_can_be_shared() -> None:
    hub = Hub()
    hub.create_main()
    sue, stock = Simple(hub, "sue"), Stock(hub)
    joined(hub, sue, stock)
    sue.outbox.append(json.dumps({"type": "code_update", "data": {"code": "a\r\nb\rc\ud800\0😀"}}))
    settle(hub, sue, stock)
    assert stock.text == "a\nb\nc\ufffd😀"


def test_a_caret_counts_utf16_units() -> None:
    assert [code_point_offset("a😀é", units) for units in range(6)] == [0, 1, 1, 2, 3, 3]
    assert code_point_offset("abc", 99) == 3


def test_a_caret_moves_with_what_others_type() -> None:
    hub = Hub()
    hub.create_main()
    sue, stock = Simple(hub, "sue"), Stock(hub)
    joined(hub, sue, stock)
    sue.type(0, "one\ntwo\n", cursor=5)
    settle(hub, sue, stock)
    assert [person.line for person in hub.room.participants()] == [1, None]
    stock.type(0, "zero\n")
    settle(hub, sue, stock)
    assert [person.line for person in hub.room.participants()] == [2, None]


@given(st.integers(0, 2**32))
def test_whatever_a_client_saw_its_changes_and_those_of_others_are_all_there(seed: int) -> None:
    dice = random.Random(seed)
    room = SharedText(ClientId(1))
    simple = SimpleClient(ClientId(2))
    seen = simple.show()
    version = simple.version
    on_their_way: list[tuple[int, str]] = []
    typed = [chr(0x4E00 + number) for number in range(40)]
    for new in typed:
        if dice.random() < 0.5:
            at = dice.randint(0, len(room.text))
            simple.merge(room.edit((Edit(at, at, new),)))
        else:
            at = dice.randint(0, len(seen))
            seen = seen[:at] + new + seen[at:]
            room.merge(simple.replace(seen, version))
        if not simple.is_shown:
            text = simple.show()
            on_their_way.append((simple.version, text))
        if dice.random() < 0.3:
            while on_their_way and dice.random() < 0.7:
                version, seen = on_their_way.pop(0)
    assert simple.shared.text == room.text
    # A text on its way while the client sends does not show its last change, but the room has it.
    assert sorted(room.text) == typed


@given(st.text())
def test_the_shared_form_is_stable(text: str) -> None:
    assert shared_form(shared_form(text)) == shared_form(text)
    shared_form(text).encode()


def test_the_main_document_of_simple_clients_is_that_of_all() -> None:
    hub = Hub()
    sue = Simple(hub, "sue")
    joined(hub, sue)
    sue.type(0, "x")
    settle(hub, sue)
    assert hub.room.documents()[MAIN].path == "main.py" and hub.room.text(MAIN) == "x"
