"""The promises about an endpoint, each against a local stub that speaks its protocol and misbehaves on request."""

import asyncio
import email.utils
import json
import logging
import random
import time

import pytest

from pair_ls.completion.candidate import Source
from pair_ls.completion.context import OtherDocument
from pair_ls.completion.exclusions import Exclusions
from pair_ls.completion.request import Door, Trigger
from pair_ls.completion.status import Health
from tests.completion.secrets import SECRETS
from tests.engines.editor import CODE, OPEN_LINE, Editor, driving, until
from tests.engines.stub_server import Call, Stub, events, fails, in_turn, never, says, serving

PATIENCE = 0.3
"""Seconds that a busy machine may add. How quick it is on a quiet one, bench/inline_bench.py measures."""


async def test_a1_answer_is_cut_at_the_first_line_and_the_stream_closed() -> None:
    async with (
        serving(says("left == right\nand more\nand more\n" * 50, gap_seconds=0.01)) as stub,
        driving(stub.url) as driver,
    ):
        editor = Editor(driver, OPEN_LINE)
        assert await editor.sees() == "left == right"
        await until(lambda: stub.aborted)
        assert stub.posts == 1


async def test_a2_slow_first_token_gives_the_offline_answer_and_lands_in_the_cache() -> None:
    async with (
        serving(says("bonus)", first_seconds=1.5)) as stub,
        driving(stub.url, ghost_wait_seconds=0.3, sure_confidence=1.0) as driver,
    ):
        editor = Editor(driver, CODE)
        started = time.monotonic()
        found = await editor.ask()
        assert time.monotonic() - started < 0.3 + PATIENCE
        assert found[0].source is Source.OFFLINE
        await until(lambda: "ok" in driver.status().summary and "ms" in driver.status().summary)
        editor.type("b")
        started = time.monotonic()
        assert await editor.sees() == "onus"
        assert time.monotonic() - started < 0.01 + PATIENCE
        assert stub.posts == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a3_refused_key_is_said_once_and_not_tried_again(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(fails(status)) as stub, driving(stub.url, key="sk-very-secret-key-1234567890") as driver:
        editor = Editor(driver, CODE)
        for _ in range(3):
            assert (await editor.ask(trigger=Trigger.INVOKED))[0].source is Source.OFFLINE
        await until(lambda: driver.status().health is Health.ERROR)
        said = driver.status()
        assert stub.posts == 1
        assert said.health is Health.ERROR
        assert "OPENAI_API_KEY" in said.summary
        assert "very-secret" not in caplog.text
        stub.answer = says("bonus)")
        driver.configure(driver.policy, driver.engine)
        editor.type("\n        print(")
        await editor.ask(trigger=Trigger.INVOKED)
        await until(lambda: stub.posts == 2)


@pytest.mark.parametrize("said", ["1", "date", "3600", ""])
async def test_a4_busy_endpoint_is_left_alone_for_as_long_as_it_says(said: str) -> None:
    date = email.utils.formatdate(time.time() + 2, usegmt=True)
    headers = [("Retry-After", date if said == "date" else said)] if said else []
    async with serving(in_turn(fails(429, headers=headers), says("left"))) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE)
        started = time.monotonic()
        await editor.ask()
        assert stub.posts == 1
        assert "rate limited until" in driver.status().summary
        while time.monotonic() - started < 0.7:
            await editor.ask()
            await asyncio.sleep(0.05)
        assert stub.posts == 1
        if said in ("1", "date"):
            await until(lambda: time.monotonic() - started > 2.1)
            assert await editor.sees() == "left"
            assert stub.posts == 2


async def test_a5_breaker_opens_after_three_failures_and_closes_after_one_probe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pair_ls.completion.breaker._FIRST_PAUSE", 0.2)
    async with serving(in_turn(fails(500), fails(500), fails(500), says("left"))) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE)
        for _ in range(6):
            await editor.ask()
        assert stub.posts == 3
        assert "endpoint fails (HTTP 500)" in driver.status().summary
        await asyncio.sleep(0.25)
        assert await editor.sees() == "left"
        assert stub.posts == 4
        assert driver.status().health is Health.NORMAL


async def test_a6_silence_ends_at_the_timeout_without_a_task_left() -> None:
    async with serving(never) as stub, driving(stub.url, timeout_seconds=0.4, ghost_wait_seconds=0.2) as driver:
        editor = Editor(driver, OPEN_LINE)
        tasks = len(asyncio.all_tasks())
        started = time.monotonic()
        await editor.ask()
        assert time.monotonic() - started < 0.4 + PATIENCE
        await until(lambda: stub.aborted and len(asyncio.all_tasks()) <= tasks)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"])
async def test_a7_no_connection_falls_back_at_once(url: str) -> None:
    async with driving(url) as driver:
        editor = Editor(driver, CODE)
        await editor.ask(trigger=Trigger.INVOKED)  # the library is loaded here
        driver.configure(driver.policy, driver.engine)
        started = time.monotonic()
        assert await editor.ask(trigger=Trigger.INVOKED)
        first = time.monotonic() - started
        started = time.monotonic()
        assert await editor.ask(trigger=Trigger.INVOKED)
        assert time.monotonic() - started < 0.03 + PATIENCE
        assert first < (
            0.06 + PATIENCE if "127" in url else 3.0
        )  # a name that must be looked up takes as long as the resolver
        assert "not reachable" in driver.status().summary


def chunk(text: str) -> bytes:
    body = {"id": "c", "object": "x", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


async def reset(stub: Stub, call: Call) -> None:
    call.start_events()
    call.write(chunk("left == right\nx")[:-20])
    await call.writer.drain()
    call.writer.transport.abort()


E_CHUNK = chunk('"é😀" + left\n')
BROKEN = {
    "broken JSON after a whole line": (events(chunk("left\n"), b"data: {broken\n\n"), "left"),
    "broken JSON in the first chunk": (events(b"data: {broken\n\n"), ""),
    "broken JSON in the middle of a line": (events(chunk("le"), b"data: {broken\n\n"), ""),
    "comment lines": (events(b": ping\n\n", chunk("left"), b": ping\n\n", b"data: [DONE]\n\n"), "left"),
    "data over two lines": (
        events(b'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "left"}}]}\n\n', b"data: [DONE]\n\n"),
        "left",
    ),
    "UTF-8 split between chunks": (events(E_CHUNK[:75], E_CHUNK[75:97], E_CHUNK[97:99], E_CHUNK[99:]), '"é😀" + left'),
    "CRLF": (events(chunk("left").replace(b"\n", b"\r\n"), b"data: [DONE]\r\n\r\n"), "left"),
    "no end mark": (events(chunk("left")), "left"),
    "an error event": (events(chunk("le"), b'data: {"error": {"message": "overloaded"}}\n\n'), ""),
    "a connection reset": (reset, ""),
    "nothing at all": (events(), ""),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a8_broken_streams_keep_whole_lines_and_never_raise(name: str) -> None:
    answer, expected = BROKEN[name]
    async with (
        serving(answer) as stub,
        driving(stub.url, least_offline_confidence=2.0, ghost_wait_seconds=2.0) as driver,
    ):
        assert await Editor(driver, OPEN_LINE).sees() == expected
        assert stub.posts == 1


ODD = (
    b'data: {"choices": []}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {"role": "assistant"}}]}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {"content": null}}]}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}\n\n',
    b'data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}\n\n',
    b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": null}]}\n\n',
)


async def test_a9_empty_chunks_are_passed_over() -> None:
    async with serving(events(*ODD, chunk("left"), *ODD, b"data: [DONE]\n\n")) as stub, driving(stub.url) as driver:
        assert await Editor(driver, OPEN_LINE).sees() == "left"


@pytest.mark.parametrize(
    ("parameter", "model", "api"),
    [
        ("max_tokens", "gpt-x", "chat"),
        ("logprobs", "gpt-x", "chat"),
        ("stop", "qwen-coder", "fim"),
        ("suffix", "any", "suffix"),
        ("temperature", "gpt-x", "chat"),
    ],
)
async def test_a10_refused_parameter_is_left_out_from_then_on(parameter: str, model: str, api: str) -> None:
    async def picky(stub: Stub, call: Call) -> None:
        if parameter in call.body:
            call.json(
                400,
                {
                    "error": {
                        "message": f"Unsupported parameter: '{parameter}'",
                        "param": parameter,
                        "code": "unsupported_parameter",
                    }
                },
            )
        else:
            await says("left")(stub, call)

    async with serving(picky) as stub, driving(stub.url, model=model, api=api) as driver:
        editor = Editor(driver, OPEN_LINE)
        assert await editor.sees() == "left"
        assert stub.posts == 2
        assert ("max_completion_tokens" in stub.calls[1].body) == (parameter == "max_tokens")
        editor.type("left\n    other = ")
        assert await editor.sees() == "left"
        assert stub.posts == 3


DIRTY = {
    "an echo": ("    result = left", "left"),
    "a fence": ("```python\nleft\n```", "left"),
    "a FIM token": ("<|fim_middle|>left<|endoftext|>junk", "left"),
    "a thought": ("<think>hm\nhm</think>left", "left"),
}


@pytest.mark.parametrize("name", DIRTY)
async def test_a11_dirty_answers_are_cleaned(name: str) -> None:
    dirty, expected = DIRTY[name]
    async with serving(says(dirty)) as stub, driving(stub.url) as driver:
        assert await Editor(driver, OPEN_LINE).sees() == expected


async def test_a11_endless_answer_is_closed_by_us() -> None:
    endless = "    value = 1\n" * 100_000  # so long that no machine is too busy to close it in time
    async with serving(says("a = 1\n" + endless, chunk=400, gap_seconds=0.001)) as stub, driving(stub.url) as driver:
        editor = Editor(driver, "import os\n\ndef compare(left):\n    ‸\n")
        found = await editor.sees()
        await until(lambda: stub.aborted)
        assert found.count("\n") <= 200


async def test_a12_typing_what_was_suggested_asks_once() -> None:
    text = "left.compare_with(right, tolerance=0.5) == 0"
    async with serving(says(text)) as stub, driving(stub.url, pacing_seconds=0.02) as driver:
        editor = Editor(driver, OPEN_LINE)
        assert await editor.sees() == text
        times = []
        for at in range(40):
            editor.type(text[at])
            started = time.perf_counter()
            assert await editor.sees() == text[at + 1 :]
            times.append(time.perf_counter() - started)
        assert stub.posts == 1
        assert sorted(times)[37] < 0.01 + PATIENCE


async def test_a13_typing_on_while_the_request_is_in_flight_asks_once() -> None:
    async with (
        serving(says("left == right", first_seconds=0.5)) as stub,
        driving(stub.url, ghost_wait_seconds=2.0) as driver,
    ):
        editor = Editor(driver, OPEN_LINE)
        first = asyncio.create_task(editor.ask())
        await until(lambda: stub.posts)
        first.cancel()
        for character in "left":
            editor.type(character)
            last = asyncio.create_task(editor.ask())
            await asyncio.sleep(0.02)
        assert (await last)[0].text == " == right"
        assert stub.posts == 1
        assert first.cancelled()


async def test_a14_going_elsewhere_closes_the_old_request_quickly() -> None:
    async with serving(never) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE)
        first = asyncio.create_task(editor.ask())
        await until(lambda: stub.posts)
        stub.answer = says("right")
        editor.before = "import os\n\ndef another(left, right):\n    result = left + "
        started = time.monotonic()
        assert await editor.sees() == "right"
        await until(lambda: stub.aborted)
        assert stub.aborted[0] - started < 0.05 + PATIENCE
        assert stub.posts == 2
        assert await first == ()


async def test_a15_cache_is_used_where_the_text_matches_again() -> None:
    async with serving(says("left == right")) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE)
        assert await editor.sees() == "left == right"
        editor.type("le")
        editor.delete(2)  # backspace, or undo
        assert await editor.sees() == "left == right"
        editor.before = "import sys\nimport os\n" + editor.before  # an edit above, by somebody else
        stub.answer = says("other")
        assert stub.posts == 1
        editor.before, editor.after = "import os\n\ndef f(x):\n    y = ", "\n"  # the cursor goes elsewhere
        assert await editor.sees() == "other"
        assert stub.posts == 2


@pytest.mark.parametrize("mark", ["😀", "日本", "é", "e\u0301", "\u2028", "\x0c"])
async def test_a16_text_before_the_cursor_arrives_exactly(mark: str) -> None:
    async with serving(says(f'"{mark}"')) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE.replace("import os", f"name = '{mark}'"))
        assert await editor.sees() == f'"{mark}"'
        assert (
            f"name = '{mark}'\n\ndef compare(left, right):\n    result = <CURSOR>"
            in stub.calls[0].body["messages"][-1]["content"]
        )


@pytest.mark.parametrize("path", [".env", "sub/.env.local", "private.txt", "big.py", "image.py", "ignored.py", ""])
async def test_a17_excluded_documents_are_never_sent(path: str) -> None:
    exclusions = Exclusions({"": ["private.txt"]}, {"": ["ignored.py"]})
    text = {"big.py": "x = 1\n" * 200_000, "image.py": "\0PNG" + CODE}.get(path, CODE)
    async with serving(says("never")) as stub, driving(stub.url, items_ask_endpoint=True) as driver:
        editor = Editor(driver, OPEN_LINE)
        editor.reason_off = exclusions.reason(path, text)
        assert editor.reason_off
        for door in Door:
            await editor.ask(door=door, trigger=Trigger.INVOKED)
        assert stub.posts == 0
        assert driver.status().health is Health.INACTIVE
        assert editor.reason_off in driver.status().summary


async def test_a19_selected_item_belongs_to_the_prefix() -> None:
    async with serving(says("(right)")) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE.replace("‸", "comp‸"))
        found = await editor.ask(selected="compare_all", back=4)
        assert found[0].text == "(right)"
        assert "result = compare_all<CURSOR>" in stub.calls[0].body["messages"][-1]["content"]


async def test_the_first_model_of_the_endpoint_is_used_when_none_is_configured() -> None:
    async with serving(says("left"), models=["qwen2.5-coder:1.5b"]) as stub, driving(stub.url, model="") as driver:
        editor = Editor(driver, OPEN_LINE)
        await editor.ask()
        await until(lambda: "qwen2.5-coder" in driver.status().summary)
        editor.type("\n    next = ")
        assert await editor.sees() == "left"
        assert stub.calls[0].body["model"] == "qwen2.5-coder:1.5b"
        assert stub.calls[0].body["prompt"].startswith("<|fim_prefix|>")
        assert len(stub.calls[0].body["stop"]) <= 4


async def test_log_probabilities_become_confidence() -> None:
    async def sure(stub: Stub, call: Call) -> None:
        call.start_events()
        for word, value in (("left", -0.01), (" ==", -0.02), (" right", -0.01)):
            call.event(word, logprobs={"content": [{"token": word, "logprob": value, "bytes": [], "top_logprobs": []}]})
        call.done()

    async with serving(sure) as stub, driving(stub.url) as driver:
        found = await Editor(driver, OPEN_LINE).ask()
        assert found[0].text == "left == right"
        assert 0.85 < found[0].confidence < 0.99


async def test_log_probabilities_of_the_older_endpoint_become_confidence_too() -> None:
    async def unsure(stub: Stub, call: Call) -> None:
        call.start_events()
        for word, value in (("left", -1.5), (" == right", -1.0)):
            call.event(word, logprobs={"tokens": [word], "token_logprobs": [value], "top_logprobs": None})
        call.done()

    async with (
        serving(unsure) as stub,
        driving(stub.url, model="qwen2.5-coder", api="fim", least_confidence=0.0) as driver,
    ):
        found = await Editor(driver, OPEN_LINE).ask()
        assert stub.calls[0].body["logprobs"] == 1
        assert found[0].text == "left == right"
        assert 0.05 < found[0].confidence < 0.3


async def test_prompts_never_reach_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(says("answer_from_the_endpoint")) as stub, driving(stub.url) as driver:
        editor = Editor(driver, OPEN_LINE.replace("compare", "name_of_the_user"))
        await editor.ask(trigger=Trigger.INVOKED)
        assert "name_of_the_user" in stub.sent_text()
        for word in ("name_of_the_user", "answer_from_the_endpoint", "sk-test", stub.url):
            assert word not in caplog.text


async def test_nothing_is_asked_beyond_the_budget() -> None:
    async with serving(says("left")) as stub, driving(stub.url, requests_per_minute=2) as driver:
        editor = Editor(driver, OPEN_LINE)
        for number in range(5):
            await editor.ask()
            editor.type(f"left\n    value{number} = ")
        assert stub.posts == 2
        assert "limit reached (2/2 a minute" in driver.status().summary


async def test_popup_without_ghost_text_gets_the_endpoint_for_the_next_key() -> None:
    async with serving(says("left == right")) as stub, driving(stub.url, items_ask_endpoint=True) as driver:
        editor = Editor(driver, OPEN_LINE)
        await editor.ask(door=Door.ITEMS)
        await until(lambda: stub.posts == 1 and "ms" in driver.status().summary)
        editor.type("l")
        found = await editor.ask(door=Door.ITEMS)
        assert "eft == right" in [candidate.text for candidate in found if candidate.source is Source.MODEL]
        assert stub.posts == 1


async def test_a18_planted_secrets_reach_neither_endpoint_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    others: list[OtherDocument] = []
    async with serving(says("left")) as stub, driving(stub.url, others=lambda uri: others) as driver:
        for number, (kind, line, secret) in enumerate(SECRETS):
            others[:] = [OtherDocument(f"other{number}.py", f"def compare(left, right):\n    pass\n{line}\n", (2, 2))]
            editor = Editor(driver, f"# {kind}\n{line}\n{OPEN_LINE.strip()}\n{line}\n", uri=f"file:///w/{number}.py")
            await editor.ask(trigger=Trigger.INVOKED)
            assert stub.posts == number + 1
            assert json.dumps(secret, ensure_ascii=False).strip('"') not in stub.sent_text(), kind
            assert secret not in caplog.text, kind


@pytest.mark.parametrize("seed", [1, 2])
async def test_a23_random_requests_cancels_and_edits_are_each_answered_once(seed: int) -> None:
    """At the driver, with eight documents; the core's own test has ten thousand requests, the benchmark the server."""
    dice = random.Random(seed)
    answers = in_turn(
        says("left == right"), fails(500), says("right\nmore"), says("", end=False), says("left", first_seconds=0.05)
    )

    async def shuffled(stub: Stub, call: Call) -> None:
        await dice.choice([says("left == right"), says("right\nmore"), says("left", first_seconds=0.05), answers])(
            stub, call
        )

    async with serving(shuffled) as stub, driving(stub.url, pacing_seconds=0.01, requests_per_minute=100_000) as driver:
        editors = [Editor(driver, OPEN_LINE, uri=f"file:///w/{number}.py") for number in range(8)]
        tasks: list[asyncio.Task[object]] = []
        for _ in range(600):
            editor = dice.choice(editors)
            editor.type(dice.choice(("l", "e", "(", "\n    ", "é😀")))
            if len(editor.before) > 400:
                editor.before = OPEN_LINE.split("‸")[0]
            tasks.append(asyncio.create_task(editor.ask(door=dice.choice(list(Door)))))
            if dice.random() < 0.3:
                dice.choice(tasks).cancel()
            await asyncio.sleep(dice.random() * 0.004)
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 30)
        assert all(isinstance(one, tuple | asyncio.CancelledError) for one in done)
        assert len(done) == 600
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("completion")] == []
