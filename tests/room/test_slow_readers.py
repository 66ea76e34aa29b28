"""A reader that stops reading costs nothing, disturbs nobody, and is exact when it reads again."""

import random

import pytest

from pair_ls.room.effects import ResetDocument
from tests.room.stage import Client, Editor, Hub, Stock, settle


def room_of(hub: Hub, *clients: Client) -> None:
    hub.create_main()
    for client in clients:
        client.connect()
        if isinstance(client, Editor):
            client.open("main.py")
    settle(hub, *clients)


def test_a_paused_reader_is_sent_nothing_and_then_one_difference() -> None:
    hub = Hub()
    ann, bob, cas = Editor(hub, "p:ann"), Stock(hub), Editor(hub, "p:cas")
    room_of(hub, ann, bob, cas)
    ann.type(0, "before ")
    settle(hub, ann, bob, cas)
    hub.room.pause(bob.connection)
    hub.room.pause(cas.connection)
    for _ in range(50):
        ann.type(0, "é😀")
        settle(hub, ann)
    assert not bob.inbox and not cas.inbox
    for client in (bob, cas):
        hub.do(hub.room.resume(client.connection, hub.now))
    assert len(bob.inbox) == 1
    settle(hub, ann, bob, cas)
    assert ann.text() == bob.text == cas.text()
    ann.type(0, "live again ")
    settle(hub, ann, bob, cas)
    assert ann.text() == bob.text == cas.text()


def test_a_paused_reader_is_not_given_what_is_not_durable() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Stock(hub)
    room_of(hub, ann, bob)
    ann.type(0, "1")
    ann.send()
    hub.room.pause(bob.connection)
    ann.type(0, "2")
    ann.send()
    hub.do(hub.room.resume(bob.connection, hub.now))
    assert not bob.inbox
    hub.commit(1)
    while bob.inbox:
        bob.read()
    assert bob.text == "1"
    settle(hub, ann, bob)
    assert bob.text == "21"


def test_a_reader_that_pauses_while_its_first_answer_waits_gets_everything_later() -> None:
    hub = Hub()
    ann, bob = Editor(hub, "p:ann"), Stock(hub)
    room_of(hub, ann)
    ann.type(0, "text")
    ann.send()
    bob.connect()
    bob.send()
    hub.room.pause(bob.connection)
    settle(hub, ann, bob)
    assert not bob.is_synced
    hub.do(hub.room.resume(bob.connection, hub.now))
    settle(hub, ann, bob)
    assert bob.text == "text"
    ann.type(0, "more ")
    settle(hub, ann, bob)
    assert bob.text == "more text"


@pytest.mark.parametrize("seed", range(20))
def test_readers_that_pause_at_random_are_exact_in_the_end(seed: int) -> None:
    dice = random.Random(seed)
    hub = Hub()
    clients: list[Editor | Stock] = [Editor(hub, "p:ann"), Stock(hub), Editor(hub, "p:cas"), Stock(hub)]
    room_of(hub, *clients)
    paused: set[Editor | Stock] = set()
    for _ in range(150):
        client = dice.choice(clients)
        match dice.randrange(6):
            case 0 | 1:
                client.type(0, dice.choice("aé😀"))
            case 2:
                while client.outbox:
                    client.send()
            case 3:
                hub.commit(dice.randrange(3))
            case 4 if client in paused:
                paused.discard(client)
                hub.do(hub.room.resume(client.connection, hub.now))
            case 4:
                paused.add(client)
                hub.room.pause(client.connection)
            case 5 if dice.random() < 0.1:
                hub.fail_commit()
            case _:
                while client.inbox:
                    client.read()
    for client in paused:
        hub.do(hub.room.resume(client.connection, hub.now))
    settle(hub, *clients)
    texts = {client.text() if isinstance(client, Editor) else client.text for client in clients}
    assert texts == {hub.stored_text()}, f"seed {seed}"
    assert not any(client.heard(ResetDocument) for client in clients if isinstance(client, Editor))
