"""Recorded sessions of real people, typed again through real editors' messages, servers and databases.

Afterwards five texts are the same: of both editors, of the hub, of a stock Yjs client, and of the room after its hub
was killed and started anew.
"""

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pair_ls.language_server.hub_connection import HubAddress
from pair_ls.language_server.joined_folder import JoinedFolder
from tests.end_to_end.held_relay import HeldRelay
from tests.end_to_end.pair import SharedFolders, share_and_join
from tests.support.fake_editor import FakeEditor
from tests.support.hub_process import HubProcess
from tests.support.node import Node

TRACES = Path(__file__).resolve().parent.parent / "traces"
NAME = "text.txt"
SECONDS = 480
StartHub = Callable[..., HubProcess]


def load(name: str) -> Any:
    """A trace is JSON as tests/traces/README.md describes it."""
    return json.loads(gzip.decompress((TRACES / f"{name}.json.gz").read_bytes()))


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def any_hub(request: pytest.FixtureRequest, start_hub: StartHub) -> HubProcess:
    """A hub on each of the two databases."""
    if request.param == "SQLite":
        return start_hub()
    return start_hub(database_url=request.getfixturevalue("postgres_url"))


async def open_in_both(ada: FakeEditor, bob: FakeEditor) -> None:
    ada.open(NAME, "")
    bob.open(NAME, "")
    async with asyncio.timeout(20):
        for editor in (ada, bob):
            while not [one for one in (await editor.command("pair.status"))["documents"] if one["sharing"] == "bound"]:
                await asyncio.sleep(0.01)


async def all_safe(editor: FakeEditor) -> None:
    async with asyncio.timeout(60):
        while (await editor.command("pair.status"))["unacknowledged"]:
            await asyncio.sleep(0.01)


def assert_room_holds(text: str, folders: SharedFolders, hub: HubProcess, node: Node) -> None:
    """The hub's text, a stock client's, and what is left of the room after kill -9."""
    assert folders.newcomer.text(NAME) == text
    assert folders.newcomer.text_for_stock_client(NAME, node) == text
    hub.kill9()
    hub.start()
    assert folders.newcomer.text(NAME) == text


@pytest.mark.timeout(SECONDS)
async def test_what_one_person_typed_arrives_patch_by_patch(tmp_path: Path, any_hub: HubProcess, node: Node) -> None:
    trace = load("sveltecomponent")
    end = trace["endContent"]
    folders = share_and_join(tmp_path, any_hub)
    async with FakeEditor(folders.ada) as ada, FakeEditor(folders.bob) as bob:
        await open_in_both(ada, bob)
        for number, change in enumerate(trace["txns"]):
            for at, deleted, inserted in change["patches"]:
                ada.replace(NAME, at, at + deleted, inserted)
            if number % 20 == 0:
                await ada.server.drain()
        assert ada.text(NAME) == end
        await bob.until_text(NAME, end, seconds=SECONDS)
        await all_safe(ada)
        assert ada.text(NAME) == end
        assert ada.said() == bob.said() == []
    assert_room_holds(end, folders, any_hub, node)


@pytest.mark.timeout(SECONDS)
async def test_what_two_people_typed_at_once_converges(tmp_path: Path, any_hub: HubProcess, node: Node) -> None:
    """Each change is typed into a text that has seen just what its author had seen; the trace's parents say what."""
    trace = load("friendsforever")
    folders = share_and_join(tmp_path, any_hub)
    async with HeldRelay(any_hub.port) as one, HeldRelay(any_hub.port) as other:
        for folder, relay in ((folders.ada, one), (folders.bob, other)):
            connect_through(folder, relay)
        async with FakeEditor(folders.ada) as ada, FakeEditor(folders.bob) as bob:
            await open_in_both(ada, bob)
            authors = [Author(ada, one), Author(bob, other)]
            for author, letter in zip(authors, "ab", strict=True):
                await author.introduce(letter)
            # Yjs puts the text of the lower client id first where both insert at one place, the trace that of agent 0.
            authors.sort(key=lambda author: min(author.relay.client_ids))
            await replay(trace["txns"], authors)
            for author, reader in (authors, authors[::-1]):
                await author.settle(reader)
                await reader.see(author.typed)
            assert ada.text(NAME) == bob.text(NAME) == trace["endContent"]
            assert ada.said() == bob.said() == []
            await all_safe(ada)
            await all_safe(bob)
    assert_room_holds(trace["endContent"], folders, any_hub, node)


def connect_through(folder: Path, relay: HeldRelay) -> None:
    known = JoinedFolder.load(folder)
    assert known is not None
    address = known.address
    via = HubAddress(relay.url, address.room_id, address.participant, address.name, token=address.token)
    JoinedFolder(folder, via).save()


class Author:
    """One of the two people of a trace, with the editor and the relay before its language server."""

    def __init__(self, editor: FakeEditor, relay: HeldRelay) -> None:
        self.editor = editor
        self.relay = relay
        self.typed = 0
        self.seen = 0  # how many changes of the other
        self.frames_of = {0: 0}  # after so many changes of the other, so many frames have come

    async def introduce(self, letter: str) -> None:
        """Type a letter and delete it, so that the relay learns our Yjs client id."""
        self.editor.replace(NAME, 0, 0, letter)
        await soon(lambda: letter in str(self.relay.seen), what="our client id")
        self.editor.replace(NAME, 0, 1, "")
        await soon(lambda: not str(self.relay.seen) and not self.relay.unacknowledged, what="the letter deleted")

    async def see(self, changes: int) -> None:
        """Have so many of the other's changes in our editor."""
        self.seen = changes
        await self.relay.let_through(self.frames_of[changes])
        await soon(lambda: self.editor.text(NAME) == str(self.relay.seen), what="the other's changes in the editor")

    async def settle(self, reader: "Author") -> None:
        """Wait until all that was typed here has come to the reader's relay, in frames of its own."""
        ours, theirs = self.relay, reader.relay

        def is_settled() -> bool:
            if ours.unacknowledged or str(ours.seen) != self.editor.text(NAME):
                return False
            return str(theirs.all) == str(ours.all)

        await soon(is_settled, what="the hub has passed on what was typed")
        reader.frames_of[self.typed] = theirs.received


async def soon(condition: Callable[[], bool], *, what: str) -> None:
    """As `until`, looking more often: there are thousands of these waits."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def replay(changes: Any, authors: list[Author]) -> None:
    """In the order of the trace; the hub is waited for only where somebody saw the other's work."""
    for author in authors:
        author.relay.hold()
    needed = changes_needed(changes)
    watched = [{count for change, count in zip(changes, needed, strict=True) if change["agent"] != a} for a in (0, 1)]
    for number, (change, count) in enumerate(zip(changes, needed, strict=True)):
        author, other = authors[change["agent"]], authors[1 - change["agent"]]
        if count > author.seen:
            await author.see(count)
        for at, deleted, inserted in change["patches"]:
            author.editor.replace(NAME, at, at + deleted, inserted)
        author.typed += 1
        if author.typed in watched[change["agent"]]:
            await author.settle(other)
        if number % 20 == 0:
            await author.editor.server.drain()


def changes_needed(changes: Any) -> list[int]:
    """How many of the other's changes each change was made on: its parents' and their ancestors'."""
    versions: list[tuple[int, int]] = []
    needed = []
    for change in changes:
        seen = [versions[parent] for parent in change["parents"]]
        before = [max((version[agent] for version in seen), default=0) for agent in (0, 1)]
        needed.append(before[1 - change["agent"]])
        before[change["agent"]] += 1
        versions.append((before[0], before[1]))
    return needed
