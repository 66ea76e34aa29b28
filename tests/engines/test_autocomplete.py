"""The hub's door to the core: one answer for one posted text, from the endpoint or learned from the text itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pair_ls.completion.candidate import Source
from pair_ls.engines.autocomplete import Autocomplete, Posted
from pair_ls.engines.openai import OpenAIEngine
from tests.completion.secrets import LETTERS
from tests.engines.editor import CODE, OPEN_LINE, policy, until
from tests.engines.stub_server import Stub, fails, never, says, serving


@asynccontextmanager
async def completing(stub: Stub | None, **values: object) -> AsyncIterator[Autocomplete]:
    engine = None if stub is None else OpenAIEngine(base_url=stub.url, key="sk-test")
    found = Autocomplete(policy(**values), engine)
    try:
        yield found
    finally:
        await found.close()


def posted(document: str, *, reason_off: str = "") -> Posted:
    prefix, suffix = document.split("‸")
    return Posted(prefix=prefix, suffix=suffix, language_id="python", reason_off=reason_off)


async def test_an_answer_is_cleaned_and_its_stream_closed_when_the_line_is_complete() -> None:
    dirty = "```python\n    result = left == right\n" + "more = 1\n" * 100_000
    async with serving(says(dirty, chunk=400, gap_seconds=0.001)) as stub, completing(stub) as autocomplete:
        found = await autocomplete.complete(posted(OPEN_LINE))
        assert found is not None
        assert found.source is Source.MODEL
        assert found.text.startswith("left == right")
        await until(lambda: stub.aborted)


async def test_without_an_endpoint_the_text_itself_is_learned_from() -> None:
    async with completing(None) as autocomplete:
        found = await autocomplete.complete(posted(CODE))
        assert found is not None
        assert found.source is Source.OFFLINE
        assert found.text.startswith("wages")


async def test_a_failing_endpoint_is_left_alone_and_the_offline_answer_given() -> None:
    async with serving(fails(401)) as stub, completing(stub) as autocomplete:
        for _ in range(3):
            found = await autocomplete.complete(posted(CODE))
            assert found is not None
            assert found.source is Source.OFFLINE
        assert stub.posts == 1


async def test_silence_ends_at_the_timeout() -> None:
    async with serving(never) as stub, completing(stub, timeout_seconds=0.2) as autocomplete:
        found = await autocomplete.complete(posted(CODE))
        assert found is not None
        assert found.source is Source.OFFLINE
        await until(lambda: stub.aborted)


async def test_nothing_is_sent_of_what_must_stay_here_and_no_secret_of_the_rest() -> None:
    async with serving(says("left")) as stub, completing(stub) as autocomplete:
        await autocomplete.complete(posted(CODE, reason_off=".aiignore"))
        assert stub.posts == 0
        await autocomplete.complete(posted(f'api_key = "sk-proj-{LETTERS}"\n' + OPEN_LINE))
        assert stub.posts == 1
        assert LETTERS not in stub.sent_text()


async def test_nothing_is_asked_beyond_the_budget() -> None:
    async with serving(says("left")) as stub, completing(stub, requests_per_minute=1) as autocomplete:
        for _ in range(3):
            assert await autocomplete.complete(posted(CODE)) is not None
        assert stub.posts == 1


async def test_an_endpoint_without_a_list_of_models_is_asked_all_the_same() -> None:
    async with serving(says("left"), models=None) as stub, completing(stub, model="") as autocomplete:
        found = await autocomplete.complete(posted(OPEN_LINE))
        assert found is not None
        assert found.source is Source.MODEL


async def test_an_address_that_is_none_does_no_harm() -> None:
    autocomplete = Autocomplete(policy(), OpenAIEngine(base_url="http://localhost:notaport/v1", key=None))
    found = await autocomplete.complete(posted(CODE))
    await autocomplete.close()
    assert found is not None
    assert found.source is Source.OFFLINE
