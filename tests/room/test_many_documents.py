"""A whole folder in a room: many documents made at once, and those at rest."""

import json
from typing import Any

from pair_ls.room import effects as told
from pair_ls.room.ids import DocumentId
from pair_ls.room.limits import DEFAULT_LIMITS, RoomLimits
from pair_ls.room.role import Role
from tests.room import stage
from tests.room.stage import Client, Editor, Stock


class Hub(stage.Hub):
    def __init__(self, limits: RoomLimits = DEFAULT_LIMITS) -> None:
        super().__init__(limits=limits)
        self.clients: list[Client] = []


def settle(hub: Hub) -> None:
    stage.settle(hub, *hub.clients)


PATHS = ["é/a.py", "é/b.py", "É/A.py", "😀.md"]


def ask(hub: Hub, editor: Editor, method: str, **params: Any) -> told.RequestAnswered:
    number, effects = editor.replica.request(method, params, hub.now)
    editor.do(effects)
    settle(hub)
    answers: list[told.RequestAnswered] = editor.heard(told.RequestAnswered)
    return next(answer for answer in answers if answer.request_id == number)


def open_many(hub: Hub, editor: Editor, paths: list[str]) -> told.RequestAnswered:
    return ask(hub, editor, "openDocuments", documents=[{"path": path, "language": "python"} for path in paths])


def code_of(answer: told.RequestAnswered) -> str | None:
    return None if answer.error is None else answer.error[0]


def joined(hub: Hub, *editors: Editor) -> None:
    hub.clients += editors
    for editor in editors:
        editor.connect()
    settle(hub)


def test_many_documents_are_made_by_one_change_of_the_index() -> None:
    hub = Hub()
    ann, bob = Editor(hub), Editor(hub, "p:bob")
    joined(hub, ann, bob)
    documents = open_many(hub, ann, PATHS).result["documents"]
    assert [document["path"] for document in documents] == ["é/a.py", "é/b.py", "é/a.py", "😀.md"]
    assert all(document["seed"] for document in documents)
    assert len({document["documentId"] for document in documents}) == 3
    assert len(hub.store[DocumentId("")]) == 1
    assert {entry.path for entry in bob.replica.entries().values()} == {"é/a.py", "é/b.py", "😀.md"}
    assert open_many(hub, bob, PATHS[:1]).result["documents"][0]["documentId"] == documents[0]["documentId"]


def test_viewer_finds_documents_but_makes_none() -> None:
    hub = Hub()
    ann, eve = Editor(hub), Editor(hub, "p:eve", Role.VIEWER)
    joined(hub, ann, eve)
    assert code_of(open_many(hub, eve, ["x.py"])) == "not-allowed"
    open_many(hub, ann, ["x.py"])
    assert not open_many(hub, eve, ["x.py"]).result["documents"][0]["seed"]


def test_room_that_is_full_makes_none_of_many() -> None:
    hub = Hub(limits=RoomLimits(documents=2))
    ann = Editor(hub)
    joined(hub, ann)
    assert code_of(open_many(hub, ann, ["a", "b", "c"])) == "too-many-documents"
    assert ann.replica.entries() == {}


def test_bad_path_among_many_is_refused_and_nothing_is_made() -> None:
    hub = Hub()
    ann = Editor(hub)
    joined(hub, ann)
    assert code_of(open_many(hub, ann, ["a", "../b"])) == "path-refused"
    assert code_of(ask(hub, ann, "openDocuments", documents=[7])) == "bad-params"
    assert ann.replica.entries() == {}


def resting(hub: Hub) -> tuple[Editor, Editor, DocumentId]:
    ann, bob = Editor(hub), Editor(hub, "p:bob")
    joined(hub, ann, bob)
    ann.open("é.py", "text 😀")
    settle(hub)
    bob.open("é.py")
    settle(hub)
    document_id = bob.opened["é.py"]
    bob.do(bob.replica.rest(document_id, hub.now))
    settle(hub)
    bob.told.clear()
    bob.texts.clear()
    return ann, bob, document_id


def test_document_at_rest_takes_no_text_and_says_when_there_is_news() -> None:
    hub = Hub()
    ann, bob, document_id = resting(hub)
    assert bob.replica.shared_text(document_id) is None
    ann.type(0, "é", path="é.py")
    settle(hub)
    assert told.DocumentTouched(document_id) in bob.told
    bob.do(bob.replica.open(document_id, hub.now))
    settle(hub)
    assert bob.text("é.py") == "étext 😀"


def test_coming_back_tells_of_news_only() -> None:
    hub = Hub()
    ann, bob, document_id = resting(hub)
    bob.disconnect()
    bob.connect()
    settle(hub)
    assert bob.heard(told.DocumentTouched) == []
    bob.disconnect()
    ann.type(0, "é", path="é.py")
    settle(hub)
    bob.connect()
    settle(hub)
    assert bob.heard(told.DocumentTouched) == [told.DocumentTouched(document_id)]


def test_edit_after_a_rest_is_not_taken_for_durable_before_it_is() -> None:
    hub = Hub()
    _, bob, document_id = resting(hub)
    bob.do(bob.replica.open(document_id, hub.now))
    settle(hub)
    bob.type(0, "x", path="é.py")
    while bob.outbox:
        bob.send()
    while bob.inbox:
        bob.read()
    assert hub.queue
    assert bob.replica.unacknowledged() == 1
    settle(hub)
    assert bob.replica.unacknowledged() == 0


def test_stock_client_sees_documents_made_at_once() -> None:
    hub = Hub()
    ann = Editor(hub)
    joined(hub, ann)
    document = open_many(hub, ann, ["é.py"]).result["documents"][0]
    assert ask(hub, ann, "seedDocument", documentId=document["documentId"], text="é\n").result == {"seeded": True}
    stock = Stock(hub, document_id=DocumentId(document["documentId"]))
    hub.clients.append(stock)
    stock.connect()
    settle(hub)
    assert stock.text == "é\n"
    assert json.dumps(document)
