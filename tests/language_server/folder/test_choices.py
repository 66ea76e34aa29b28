"""What is asked about files, and that no answer is never a yes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from pair_ls.editor.join_policy import OnConflict
from pair_ls.language_server.folder import choices
from pair_ls.language_server.folder.choices import ALLOW, MERGE, MINE, ONE_BY_ONE, REFUSE, ROOM, Choices, some
from pair_ls.language_server.folder.host import FolderHost
from pair_ls.room.ids import DocumentId
from tests.support.json_rpc import until

ONE, TWO = DocumentId("one"), DocumentId("two")


class Person:
    """Answers in turn; what was asked and said is kept."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.warned: list[str] = []

    async def ask(self, message: str, titles: Sequence[str]) -> str | None:
        self.asked.append(message)
        answer = self.answers.pop(0)
        assert answer is None or answer in titles
        return answer

    def warn(self, message: str) -> None:
        self.warned.append(message)

    def folder_changed(self) -> None: ...


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "GATHER_SECONDS", 0.0)


Made = Callable[..., tuple[Choices, list[DocumentId]]]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    (tmp_path / ".pair-ls").mkdir()

    def make(person: Person, *allowed: str) -> tuple[Choices, list[DocumentId]]:
        changed: list[DocumentId] = []
        host = cast(FolderHost, person)
        return Choices(tmp_path, host, on_conflict=OnConflict.ASK, allowed=allowed, changed=changed.extend), changed

    return make


async def quiet(asking: Choices) -> None:
    await until(lambda: not asking.is_asking, what="all questions")


async def test_many_are_one_question(made: Made) -> None:
    person = Person(ROOM)
    asking, changed = made(person)
    asking.ask_side(ONE, "é.py")
    asking.ask_side(TWO, "b.py")
    await quiet(asking)
    assert len(person.asked) == 1
    assert "b.py, é.py" in person.asked[0]
    assert set(changed) == {ONE, TWO}
    assert asking.side(ONE) is asking.side(TWO) is OnConflict.ROOM
    assert asking.conflicts == {}


async def test_or_one_by_one(made: Made) -> None:
    person = Person(ONE_BY_ONE, MINE, MERGE)
    asking, _ = made(person)
    asking.ask_side(ONE, "a.py")
    asking.ask_side(TWO, "b.py")
    await quiet(asking)
    assert (asking.side(ONE), asking.side(TWO)) == (OnConflict.MINE, OnConflict.MERGE)


async def test_no_answer_leaves_it_waiting_and_is_not_asked_again(made: Made) -> None:
    person = Person(None)
    asking, changed = made(person)
    asking.ask_side(ONE, "a.py")
    await quiet(asking)
    asking.ask_side(ONE, "a.py")
    await quiet(asking)
    assert (len(person.asked), changed, asking.side(ONE)) == (1, [], OnConflict.ASK)
    assert asking.conflicts == {ONE: "a.py"}
    assert "[differs]" in person.warned[0]


@pytest.mark.parametrize("answer", [ALLOW, REFUSE, None])
async def test_what_runs_things_is_written_after_a_yes_only_and_the_yes_is_remembered(
    made: Made, answer: str | None
) -> None:
    person = Person(answer)
    asking, changed = made(person)
    asking.ask_allowed(ONE, ".vscode/é.json")
    await quiet(asking)
    assert asking.is_allowed(".vscode/é.json") is (answer == ALLOW)
    assert asking.is_refused(".vscode/é.json") is (answer != ALLOW)
    assert changed == [ONE]
    assert made(Person())[0].is_allowed(".vscode/é.json") is (answer == ALLOW)


def test_patterns_of_the_command_line_allow(made: Made) -> None:
    asking, _ = made(Person(), ".vscode/*", "Makefile")
    assert asking.is_allowed(".VSCode/tasks.json")
    assert asking.is_allowed("makefile")
    assert not asking.is_allowed(".envrc")


def test_some_names_and_how_many_more() -> None:
    assert some(["b", "a"]) == "a, b"
    assert some(map(str, range(8))) == "0, 1, 2, 3, 4 and 3 more"
