"""Documents of a room: made once, seeded once, renamed, deleted; and the index that says so."""

import pytest

from pair_ls.crdt.shared_map import SharedIndex
from pair_ls.errors import NotAllowed, PathRefused
from pair_ls.room import room_index
from pair_ls.room.close_codes import CloseCode
from pair_ls.room.document_path import clean_path, free_path, main_path, path_key
from pair_ls.room.effects import DocumentOpened, IndexChanged, NoticeReceived, RequestAnswered
from pair_ls.room.ids import INDEX, MAIN, DocumentId, ParticipantId, is_document_id
from pair_ls.room.limits import RoomLimits
from pair_ls.room.messages import Update, encode_frame
from pair_ls.room.role import Role
from pair_ls.room.room_index import Writer
from tests.room.stage import Editor, Hub, Simple, Stock, client_id, settle


def writer() -> Writer:
    return Writer(ParticipantId("p:rest"), client_id())


def editors(hub: Hub, *names: str) -> list[Editor]:
    result = [Editor(hub, f"p:{name}") for name in names]
    for editor in result:
        editor.connect()
    settle(hub, *result)
    return result


def ask(editor: Editor, method: str, **params: object) -> None:
    editor.do(editor.replica.request(method, params, editor.hub.now)[1])


def test_the_same_path_is_the_same_document_for_all() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    ann.open("src/a.py")
    bob.open("src/a.py")
    bob.open("src/b.py")
    settle(hub, ann, bob)
    assert ann.opened["src/a.py"] == bob.opened["src/a.py"] != bob.opened["src/b.py"]
    assert all(is_document_id(document_id) for document_id in bob.opened.values())
    assert {entry.path for entry in ann.replica.entries().values()} == {"src/a.py", "src/b.py"}


def test_paths_that_some_file_system_takes_for_the_same_are_one_document() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    ann.open("Übung.py")
    settle(hub, ann, bob)
    bob.open("u\u0308bung.PY")
    settle(hub, ann, bob)
    assert bob.opened["u\u0308bung.PY"] == ann.opened["Übung.py"]
    (opened,) = bob.heard(DocumentOpened)
    assert (opened.path, opened.asked_path) == ("Übung.py", "u\u0308bung.PY")


def test_content_is_seeded_once_however_many_offer_theirs_at_the_same_moment() -> None:
    hub = Hub()
    everybody = editors(hub, "ann", "bob", "cas", "dan")
    for editor in everybody:
        editor.open("main.py", "the content é😀\n")
    settle(hub, *everybody)
    assert {editor.text() for editor in everybody} == {"the content é😀\n"}
    assert all(editor.replica.unacknowledged() == 0 for editor in everybody)


def test_a_seed_survives_the_loss_of_the_connection_and_is_not_doubled() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    ann.open("main.py", "content\n")
    settle(hub, bob)
    while ann.outbox:  # openDocument
        ann.send()
    hub.commit()
    while ann.inbox:
        ann.read()
    while ann.outbox:  # seedDocument, step 1
        ann.send()
    while hub.loads:
        hub.load()
    hub.commit()
    ann.disconnect()  # before the answer has come
    bob.open("main.py", "content\n")
    settle(hub, bob)
    ann.connect()
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "content\n"


def test_whoever_has_nothing_to_offer_does_not_keep_others_from_seeding() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    ann.open("main.py", "")
    settle(hub, ann, bob)
    bob.open("main.py", "content\n")
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == "content\n"


def test_a_document_that_was_emptied_is_not_seeded_again() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    ann.open("main.py", "content\n")
    settle(hub, ann, bob)
    ann.type(0, "", delete=8)
    settle(hub, ann, bob)
    bob.open("main.py", "content\n")
    settle(hub, ann, bob)
    assert ann.text() == bob.text() == ""


def test_answers_about_the_index_wait_until_it_is_durable() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ann.open("a.py")
    while ann.outbox:
        ann.send()
    assert not ann.inbox
    hub.commit()
    assert ann.inbox


def test_if_the_index_could_not_be_stored_the_client_asks_again() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ann.open("a.py")
    while ann.outbox:
        ann.send()
    hub.fail_commit()
    settle(hub, ann)
    assert "a.py" not in ann.opened
    hub.now += 6
    ann.tick()
    settle(hub, ann)
    assert ann.opened["a.py"] in ann.replica.entries()


def test_the_first_document_of_an_owner_is_the_main_one() -> None:
    hub = Hub()
    ann = Editor(hub, "p:ann", Role.OWNER)
    stock = Stock(hub)
    ann.connect()
    ann.open("app.py", "x\n")
    ann.open("b.py", "y\n")
    settle(hub, ann)
    stock.connect()
    settle(hub, ann, stock)
    assert ann.opened["app.py"] == MAIN and stock.text == "x\n"


def test_a_client_that_knows_only_one_document_brings_it_into_the_index() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ann.open("main.py")
    settle(hub, ann)
    stock = Stock(hub)
    stock.connect()
    settle(hub, ann, stock)
    assert ann.replica.entries()[MAIN].path == "main (2).py"
    assert ann.heard(IndexChanged)


def test_a_rename_keeps_the_text_and_what_is_typed_meanwhile() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    for editor in (ann, bob):
        editor.open("old.py", "x\n")
    settle(hub, ann, bob)
    ask(ann, "renameDocument", documentId=ann.opened["old.py"], path="new.py")
    bob.type(0, "bob ", path="old.py")
    settle(hub, ann, bob)
    assert ann.heard(RequestAnswered)[-1].result == {"path": "new.py"}
    assert [entry.path for entry in bob.replica.entries().values()] == ["new.py"]
    assert ann.text("old.py") == bob.text("old.py") == "bob x\n"


def test_a_path_that_is_taken_gets_a_number() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ann.open("a.py")
    ann.open("b.py")
    settle(hub, ann)
    ask(ann, "renameDocument", documentId=ann.opened["b.py"], path="A.py")
    settle(hub, ann)
    assert ann.heard(RequestAnswered)[-1].result == {"path": "A (2).py"}


def test_a_deleted_document_is_gone_for_all_and_its_path_is_free_for_a_new_one() -> None:
    hub = Hub()
    ann, bob = editors(hub, "ann", "bob")
    for editor in (ann, bob):
        editor.open("a.py", "old\n")
    settle(hub, ann, bob)
    old = ann.opened["a.py"]
    ask(ann, "deleteDocument", documentId=old)
    settle(hub, ann, bob)
    assert [notice.code for notice in bob.heard(NoticeReceived)] == ["document-deleted"]
    assert bob.replica.entries() == {}
    bob.type(0, "still here ", path="a.py")
    settle(hub, ann, bob)
    assert bob.text("a.py") == "still here old\n" and hub.stored_text(old) == "old\n"
    cas = editors(hub, "cas")[0]
    cas.open("a.py", "new\n")
    settle(hub, ann, bob, cas)
    assert cas.opened["a.py"] != old and cas.text("a.py") == "new\n"


def test_clients_of_one_document_are_closed_when_it_is_deleted() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    stock, sue = Stock(hub), Simple(hub, "sue")
    for client in (stock, sue):
        client.connect()
    settle(hub, ann, stock, sue)
    ask(ann, "deleteDocument", documentId=MAIN)
    settle(hub, ann)
    assert stock.closed == sue.closed == (CloseCode.UNKNOWN, "the document was deleted")


def test_an_unknown_document_is_refused() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    stock = Stock(hub, document_id=DocumentId("nothing"))
    stock.connect()
    settle(hub, stock)
    assert stock.closed == (CloseCode.UNKNOWN, "there is no such document")
    ann.do(ann.replica.open(DocumentId("nothing"), hub.now))
    settle(hub, ann)
    assert [notice.code for notice in ann.heard(NoticeReceived)] == ["unknown-document"]


def test_only_the_hub_writes_the_index() -> None:
    hub = Hub()
    ann, eve = editors(hub, "ann", "eve")
    ann.open("a.py")
    settle(hub, ann, eve)
    index = ann.replica._index
    update = index.set("evil", index.entries()[ann.opened["a.py"]])
    before = len(hub.store[INDEX])
    eve.outbox.append(encode_frame(INDEX, Update(update)))
    settle(hub, ann, eve)
    assert len(hub.store[INDEX]) == before
    assert set(hub.room.documents()) == {ann.opened["a.py"]}


def test_the_page_reads_the_index_as_a_stock_client() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ann.open("a.py")
    settle(hub, ann)
    page = Stock(hub, "p:page", document_id=INDEX)
    page.is_listening = True
    page.connect()
    settle(hub, ann, page)
    assert any(b"a.py" in frame for frame in page.listened)
    assert page.closed is None and not page.denials


def test_there_are_limits() -> None:
    hub = Hub(limits=RoomLimits(documents=1, participants=2, document_bytes=10))
    ann, bob = editors(hub, "ann", "bob")
    ann.open("a.py", "ten bytes!")
    ann.open("b.py")
    settle(hub, ann, bob)
    assert [notice.code for notice in ann.heard(NoticeReceived)] == ["too-many-documents"]
    assert ann.text("a.py") == "ten bytes!"
    third = Stock(hub)
    third.connect()
    assert third.closed is not None and third.closed[0] == CloseCode.TOO_MANY_PARTICIPANTS


def test_a_text_that_is_too_large_does_not_become_a_document() -> None:
    hub = Hub(limits=RoomLimits(document_bytes=10))
    (ann,) = editors(hub, "ann")
    ann.open("a.py", "eleven bytes")
    settle(hub, ann)
    assert [notice.code for notice in ann.heard(NoticeReceived)] == ["document-full"]
    assert ann.text("a.py") == ""


def test_rest_creates_renames_writes_and_deletes() -> None:
    hub = Hub()
    hub.create_main()
    stock = Stock(hub)
    stock.connect()
    settle(hub, stock)
    hub.do(hub.room.write_text(MAIN, "é😀\r\nnew\n", writer=writer()))
    settle(hub, stock)
    assert stock.text == hub.room.text(MAIN) == "é😀\nnew\n"
    hub.do(hub.room.write_text(MAIN, "é😀\nrestored\n", writer=writer()))
    document_id, effects = hub.room.open_document("b.py", "python", Role.EDITOR, writer=writer())
    hub.do(effects)
    path, effects = hub.room.rename_document(document_id, "MAIN.py", writer=writer())
    hub.do(effects)
    settle(hub, stock)
    assert stock.text == "é😀\nrestored\n" and path == "MAIN (2).py"
    hub.do(hub.room.delete_document(document_id, hub.now, writer=writer()))
    assert set(hub.room.documents()) == {MAIN}
    with pytest.raises(NotAllowed):
        hub.room.open_document("c.py", "python", Role.VIEWER, writer=writer())


def test_the_index_stays_small_and_true_however_many_write_it() -> None:
    hub = Hub()
    (ann,) = editors(hub, "ann")
    ids = []
    for number in range(20):
        as_who = Writer(ParticipantId(f"p:{number}"), client_id())
        document_id, effects = hub.room.open_document(f"{number}.py", "python", Role.EDITOR, writer=as_who)
        hub.do(effects)
        ids.append(document_id)
    hub.do(hub.room.rename_document(ids[0], "1.PY", writer=writer())[1])
    hub.do(hub.room.rename_document(ids[2], "2.PY", writer=writer())[1])
    hub.do(hub.room.delete_document(ids[3], hub.now, writer=writer()))
    settle(hub, ann)
    assert len(set(ids)) == 20
    assert [author for _, author in hub.store[INDEX]][:20] == [f"p:{number}" for number in range(20)]
    before = hub.room.documents()
    assert ann.replica.entries() == before
    assert (before[ids[0]].path, before[ids[2]].path, ids[3] in before) == ("1 (2).PY", "2.PY", False)
    index = SharedIndex(client_id())
    for update, _ in hub.store[INDEX]:
        index.merge(update)
    assert len(index.document.state()) == 1
    hub.restart()
    ann.disconnect()
    ann.connect()
    settle(hub, ann)
    assert hub.room.documents() == before
    again, effects = hub.room.open_document("3.py", "python", Role.EDITOR, writer=writer())
    hub.do(effects)
    settle(hub, ann)
    assert again not in ids and ann.replica.entries() == hub.room.documents()


def test_after_many_loads_the_index_uses_its_client_ids_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_index, "_MOST_IDS", 3)
    hub = Hub()
    for number in range(6):
        hub.restart()
        hub.do(hub.room.load(INDEX))
        hub.load()
        hub.do(hub.room.open_document(f"{number}.py", "", Role.EDITOR, writer=writer())[1])
        hub.commit()
    (ann,) = editors(hub, "ann")
    assert sorted(entry.path for entry in ann.replica.entries().values() if entry.language == "") == [
        f"{number}.py" for number in range(6)
    ]


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", "../a", "a/./b", "a\\b", "a\0b", "a\u2028b", "x" * 513, None, 7]
)
def test_a_path_stays_in_the_room(path: object) -> None:
    with pytest.raises(PathRefused):
        clean_path(path)


def test_paths_are_kept_in_one_unicode_form() -> None:
    assert clean_path("u\u0308/é😀 x.py") == "ü/é😀 x.py"
    assert path_key("ﬁle.PY") == path_key("file.py")


def test_free_paths_count_on() -> None:
    assert free_path("a.py", ()) == "a.py"
    assert free_path("d.x/a.tar.gz", ("D.X/A.tar.gz", "d.x/a.tar (2).gz")) == "d.x/a.tar (3).gz"
    assert free_path(".gitignore", (".gitignore",)) == ".gitignore (2)"
    assert free_path("Makefile", ("makefile",)) == "Makefile (2)"


def test_the_main_document_is_called_after_the_language() -> None:
    assert [main_path(language) for language in ("python", "", "cobol")] == ["main.py", "main.txt", "main.txt"]
