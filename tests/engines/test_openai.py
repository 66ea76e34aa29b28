"""What becomes of what an endpoint, or whoever configured it, says."""

import sys
from types import SimpleNamespace

import pytest

from pair_ls.completion.breaker import Failure
from pair_ls.engines.openai import OpenAIEngine, retry_after


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("-1", 0.0), ("inf", 86_400.0), ("nan", None), ("soon", None), ("", None)]
)
def test_how_long_to_wait(said: str, seconds: float | None) -> None:
    assert retry_after(SimpleNamespace(headers={"retry-after": said}), 0.0) == seconds


async def test_an_address_that_is_none_is_a_failure_like_others() -> None:
    engine = OpenAIEngine(base_url="http://localhost:notaport/v1", key=None)
    models = await engine.models()
    assert models.failure is not None
    assert models.failure.failure is Failure.UNREACHABLE


async def test_a_library_that_is_missing_is_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    models = await OpenAIEngine(base_url="http://127.0.0.1:1/v1", key=None).models()
    assert models.failure is not None
    assert models.failure.failure is Failure.NOT_INSTALLED
