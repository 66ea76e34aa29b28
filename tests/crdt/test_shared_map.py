"""The index of a room: two who change it at once agree, and strange entries are left out."""

import pytest

from bench.hostile_updates import root_name, struct, update
from pair_ls.crdt.schema import ClientId
from pair_ls.crdt.shared_map import DocumentEntry, SharedIndex
from pair_ls.errors import RefusedBytes

MAIN = DocumentEntry("src/é😀.py", "python")


def test_documents_are_added_renamed_and_removed() -> None:
    ann, bob = SharedIndex(ClientId(1)), SharedIndex(ClientId(2))
    assert bob.merge(ann.set("main", MAIN)) == {"main"}
    assert bob.merge(ann.set("a-1_Z", DocumentEntry("b.rs", "rust"))) == {"a-1_Z"}
    assert ann.merge(bob.set("main", DocumentEntry("new.py", "python"))) == {"main"}
    assert (
        ann.entries()
        == bob.entries()
        == {"main": DocumentEntry("new.py", "python"), "a-1_Z": DocumentEntry("b.rs", "rust")}
    )
    assert bob.merge(ann.remove("main")) == {"main"}
    assert "main" not in bob.entries()
    assert ann.document.content_hash() == bob.document.content_hash()


def test_two_who_rename_at_once_end_with_the_same_entry() -> None:
    ann, bob = SharedIndex(ClientId(1)), SharedIndex(ClientId(2))
    bob.merge(ann.set("main", MAIN))
    by_ann, by_bob = ann.set("main", DocumentEntry("a", "x")), bob.set("main", DocumentEntry("b", "y"))
    ann.merge(by_bob)
    bob.merge(by_ann)
    assert ann.entries() == bob.entries()
    assert ann.document.content_hash() == bob.document.content_hash()


def test_removing_what_is_not_there_gives_no_update() -> None:
    assert SharedIndex(ClientId(1)).remove("main") == b""


@pytest.mark.parametrize("document_id", ["", "a/b", "é", "x" * 65, "a b"])
def test_only_document_ids_are_keys(document_id: str) -> None:
    with pytest.raises(ValueError, match="no document id"):
        SharedIndex(ClientId(1)).set(document_id, MAIN)


def test_an_index_that_is_said_again_brings_nothing_new_though_entries_were_overwritten() -> None:
    ann, bob = SharedIndex(ClientId(1)), SharedIndex(ClientId(2))
    for path in ("a", "b", "c"):
        bob.merge(ann.set("main", DocumentEntry(path, "x")))
        ann.merge(bob.set("other", DocumentEntry(path, "y")))
    bob.merge(ann.remove("other"))
    assert not bob.document.check(ann.document.update_since()).is_new
    assert not ann.document.check(bob.document.update_since(ann.document.state_vector())).is_new
    assert ann.merge(bob.document.update_since()) == frozenset()
    assert ann.document.checkpoint() is not None


def test_entries_without_a_path_are_left_out() -> None:
    index = SharedIndex(ClientId(1))
    strange = struct(8, b"\x01\x76\x01\x01k\x77\x01v", root=root_name("documents"), key="strange")
    assert index.merge(update([(7, 0, [strange])])) == {"strange"}
    assert index.entries() == {}


def test_new_entries_under_our_own_client_id_are_refused() -> None:
    ann, forged = SharedIndex(ClientId(1)), SharedIndex(ClientId(1))
    with pytest.raises(RefusedBytes) as caught:
        ann.merge(forged.set("main", MAIN))
    assert caught.value.code == "update-author"
