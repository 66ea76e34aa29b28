"""The hub's end of a room, in examples."""

from pair_ls.room.ids import MAIN
from tests.room.stage import Editor, Hub, Simple, Stock, settle


def test_what_one_types_appears_at_the_other() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Editor(hub, "p:bob")
    for editor in (ann, bob):
        editor.connect()
        editor.open("main.py", "x = 'é😀'\n")
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "x = 'é😀'\n"
    ann.type(0, "# ")
    bob.type(8, "y")
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "# x = 'é😀'y\n"
    assert ann.replica.unacknowledged() == bob.replica.unacknowledged() == 0


def test_all_kinds_of_clients_meet_in_the_main_document() -> None:
    hub = Hub()
    stock, simple, ann = Stock(hub), Simple(hub, "sue"), Editor(hub)
    for client in (stock, simple, ann):
        client.connect()
    settle(hub, stock, simple, ann)
    ann.open("main.py")
    settle(hub, stock, simple, ann)
    stock.type(0, "stock ")
    settle(hub, stock, simple, ann)
    simple.type(6, "simple😀 ")
    settle(hub, stock, simple, ann)
    ann.type(0, "ann ")
    settle(hub, stock, simple, ann)
    assert stock.text == simple.code == ann.text() == "ann stock simple😀 "
    assert hub.stored_text(MAIN) == stock.text
