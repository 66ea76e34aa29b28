"""Which model is asked where nobody has chosen one."""

import pytest

from pair_ls.completion.breaker import Failure
from pair_ls.completion.engine import EngineFailure, Models, model_of


@pytest.mark.parametrize(
    ("names", "model"),
    [
        (("qwen2.5-coder", "gpt-4o-mini"), "qwen2.5-coder"),
        (("text-embedding-ada-002", "dall-e-2", "whisper-1", "tts-1", "omni-moderation-latest", "gpt-4o"), "gpt-4o"),
        (("nomic-embed-text:latest", "bge-m3", "all-minilm", "jina-reranker", "llama3"), "llama3"),
        (("text-embedding-ada-002",), "default"),
        ((), "default"),
    ],
)
def test_the_first_that_completes(names: tuple[str, ...], model: str) -> None:
    assert model_of(Models(names)) == model


def test_an_endpoint_without_a_list_is_asked_all_the_same_and_one_that_fails_is_not() -> None:
    assert model_of(Models(failure=EngineFailure(Failure.BROKEN, reason="HTTP 404"))) == "default"
    assert model_of(Models(failure=EngineFailure(Failure.REFUSED, reason="HTTP 401"))) == ""
    assert model_of(Models(failure=EngineFailure(Failure.TIMEOUT))) == ""
