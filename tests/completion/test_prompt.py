"""How each kind of model is spoken to."""

import pytest

from pair_ls.completion.context import Snippet, build_context
from pair_ls.completion.prompt import CURSOR, FAMILIES, Wire, build_prompt, wire_of

CONTEXT = build_context(
    "src/é.py",
    "python",
    prefix="x = ",
    suffix="\ny = '😀'\n",
    snippets=(Snippet("lib.py", "def f():\n    pass", "edited"),),
    budget_tokens=500,
)


@pytest.mark.parametrize(
    ("model", "wire"),
    [
        ("gpt-5-mini", Wire.CHAT), ("gpt-3.5-turbo-instruct", Wire.SUFFIX), ("qwen2.5-coder:1.5b", Wire.COMPLETIONS),
        ("Qwen2.5-Coder-7B-Instruct", Wire.CHAT), ("deepseek-coder-v2", Wire.COMPLETIONS),
        ("starcoder2:3b", Wire.COMPLETIONS),
        ("codellama:7b-code", Wire.COMPLETIONS), ("codestral-latest", Wire.COMPLETIONS),
        ("something-new", Wire.CHAT), ("", Wire.CHAT),
    ],
)  # fmt: skip
def test_wire_goes_by_the_name_of_the_model(model: str, wire: Wire) -> None:
    assert wire_of(model) is wire


def test_the_setting_overrules_the_name() -> None:
    assert wire_of("gpt-5", "fim") is Wire.COMPLETIONS
    assert wire_of("qwen-coder", "chat") is Wire.CHAT
    assert wire_of("x", "suffix") is Wire.SUFFIX


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.names[0])
@pytest.mark.parametrize("is_block", [True, False])
def test_marks_surround_the_cursor_and_stops_are_at_most_four(family: object, is_block: bool) -> None:
    assert hasattr(family, "names")
    prompt = build_prompt(CONTEXT, family.names[0], Wire.COMPLETIONS, is_block=is_block)
    assert len(prompt.stop) <= 4
    assert ("\n" in prompt.stop) is not is_block
    assert prompt.text.index("lib.py") < prompt.text.index("x = ")
    assert "y = '😀'" in prompt.text


def test_suffix_goes_apart_where_the_endpoint_takes_it() -> None:
    prompt = build_prompt(CONTEXT, "gpt-3.5-turbo-instruct", Wire.SUFFIX, is_block=False)
    assert prompt.text.endswith("x = ")
    assert prompt.suffix == "\ny = '😀'\n"


def test_conversation_marks_the_cursor_and_shows_examples() -> None:
    prompt = build_prompt(CONTEXT, "gpt-5", Wire.CHAT, is_block=False)
    assert prompt.messages[0].role == "system"
    assert prompt.messages[-1].content.endswith(f"x = {CURSOR}\ny = '😀'\n")
    assert "lib.py" in prompt.messages[-1].content
    assert prompt.messages[-1].content in prompt.shown()


def test_other_documents_are_comments_of_the_language() -> None:
    prompt = build_prompt(CONTEXT, "qwen", Wire.COMPLETIONS, is_block=False)
    assert "# Path: lib.py\n# def f():\n#     pass\n# Path: src/é.py\nx = " in prompt.text
