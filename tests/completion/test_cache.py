"""An answer is found again where the text around the cursor is the same, or has grown by it."""

import time

import hypothesis
from hypothesis import strategies as st

from pair_ls.completion.cache import AnswerCache, place_of
from pair_ls.completion.candidate import Candidate, Kind, Source

URI = "file:///a.py"


def answer(text: str) -> tuple[Candidate, ...]:
    return (Candidate(text, 0.5, Source.MODEL, Kind.TEXT),)


def found(cache: AnswerCache, prefix: str, suffix: str = "\n", now: float = 0.0) -> list[str] | None:
    left = cache.find(URI, prefix, suffix, now)
    return None if left is None else [candidate.text for candidate in left]


def test_typing_the_answer_leaves_its_rest() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), answer("é😀 + total"), 0.0)
    assert found(cache, "x = ") == ["é😀 + total"]
    assert found(cache, "x = é😀") == [" + total"]
    assert found(cache, "x = é😀 + total") is None
    assert found(cache, "x = other") is None
    assert found(cache, "x =") is None


def test_backspace_finds_the_answer_again() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), answer("total"), 0.0)
    assert found(cache, "x = tot") == ["al"]
    assert found(cache, "x = to") == ["tal"]


def test_other_suffix_other_document_no_answer() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), answer("total"), 0.0)
    assert found(cache, "x = ", ")\n") is None
    assert cache.find("file:///b.py", "x = ", "\n", 0.0) is None


def test_edits_far_above_do_not_matter() -> None:
    cache = AnswerCache()
    body = "line = 1\n" * 100
    cache.put(place_of(URI, body + "x = ", "\n"), answer("total"), 0.0)
    assert found(cache, "import os\n" + body + "x = ") == ["total"]


def test_a_short_document_must_be_the_same_from_its_start() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), answer("total"), 0.0)
    assert found(cache, "y = 1\nx = ") is None


def test_knowing_that_there_is_nothing_is_an_answer_at_that_place_only() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), (), 0.0)
    assert found(cache, "x = ") == []
    assert found(cache, "x = t") is None


def test_the_newest_answer_wins_and_old_ones_go() -> None:
    cache = AnswerCache(most=2, seconds=10.0)
    for number in range(3):
        cache.put(place_of(URI, f"x{number} = ", "\n"), answer(f"v{number}"), float(number))
    assert len(cache) == 2
    assert found(cache, "x0 = ") is None
    assert found(cache, "x2 = ", now=11.9) == ["v2"]
    assert found(cache, "x2 = ", now=12.1) is None
    cache.put(place_of(URI, "x2 = ", "\n"), answer("new"), 12.0)
    assert found(cache, "x2 = ", now=12.1) == ["new"]


def test_a_document_can_be_forgotten() -> None:
    cache = AnswerCache()
    cache.put(place_of(URI, "x = ", "\n"), answer("total"), 0.0)
    cache.forget(URI)
    assert found(cache, "x = ") is None


@hypothesis.given(st.text("ab", max_size=500), st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_an_answer_is_found_wherever_it_may_have_been_typed(before: str, text: str, typed: str) -> None:
    """Compared with trying every length."""
    place, prefix = place_of(URI, before, ""), before + typed
    expected = None
    for size in range(min(len(text), len(prefix)), -1, -1):
        end = len(prefix) - size
        if expected is None and prefix.endswith(text[:size]) and place_of(URI, prefix[:end], "") == place:
            expected = text[:size]
    assert place.typed_since(prefix, text) == expected


def test_a_look_into_a_full_cache_is_quick() -> None:
    cache, prefix = AnswerCache(), "x = 1\n" * 200
    for number in range(200):
        cache.put(place_of(URI, prefix, ""), answer(f"line {number} " * 80), 0.0)
        prefix += f"{number:04}"
    seconds = []
    for _ in range(5):
        started = time.thread_time()
        cache.find(URI, prefix + "zz", "", 1.0)
        seconds.append(time.thread_time() - started)
    assert min(seconds) < 0.005
