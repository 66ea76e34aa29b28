"""What is shown: within the budget, in a stable order, without secrets."""

from pair_ls.completion.context import (
    CHARACTERS_PER_TOKEN,
    OtherDocument,
    Snippet,
    SnippetMemory,
    build_context,
)
from pair_ls.completion.stepwise import all_at_once
from tests.completion.secrets import SECRETS

LONG = "".join(f"line_{number} = {number}  # é😀\n" for number in range(5000))


def chosen(prefix: str, *others: OtherDocument, memory: SnippetMemory | None = None) -> tuple[Snippet, ...]:
    memory = memory or SnippetMemory()
    return all_at_once(memory.choosing("u", prefix, "", others, budget_tokens=1000))


def test_context_keeps_to_its_budget_and_to_whole_lines() -> None:
    context = build_context("a.py", "python", prefix=LONG + "x = ", suffix="\n" + LONG, snippets=(), budget_tokens=1000)
    assert context.tokens <= 1000
    assert context.prefix.endswith("\nx = ")
    assert context.prefix.startswith("line_")
    assert context.suffix.endswith("\n")


def test_one_very_long_line_is_cut_near_the_cursor() -> None:
    context = build_context(
        "a.js", "javascript", prefix="x" * 100_000 + "END", suffix="", snippets=(), budget_tokens=500
    )
    assert context.prefix.endswith("END")
    assert len(context.prefix) <= 500 * CHARACTERS_PER_TOKEN


def test_an_empty_document_has_an_empty_context() -> None:
    context = build_context("", "plain", prefix="", suffix="", snippets=(), budget_tokens=100)
    assert (context.prefix, context.suffix, context.tokens) == ("", "", 0)


def test_no_secret_of_any_document_is_shown() -> None:
    for kind, line, secret in SECRETS:
        other = OtherDocument("other.py", f"def compute_total():\n    pass\n{line}\n", (2, 2))
        snippets = chosen(f"compute_total()\n{line}\n", other)
        context = build_context(
            "a.py", "python", prefix=line + "\nx", suffix="\n" + line, snippets=snippets, budget_tokens=2000
        )
        shown = context.prefix + context.suffix + "".join(snippet.text for snippet in context.snippets)
        assert secret not in shown, kind


def test_pieces_speak_of_the_same_names_one_per_document_in_path_order() -> None:
    others = [
        OtherDocument(
            "z.py", "unrelated = 1\n" * 50 + "def compute_total(price, amount):\n    return price * amount\n"
        ),
        OtherDocument("b.py", "nothing_alike = 2\n"),
        OtherDocument("a.py", "edited = 1\n", edited_lines=(0, 0)),
    ]
    snippets = chosen("total = compute_total(price, amount)\n", *others)
    assert [snippet.path for snippet in snippets] == ["a.py", "z.py"]
    assert "compute_total" in snippets[1].text
    assert snippets[0].why == "edited lately"


def test_pieces_stay_while_the_cursor_stays_on_its_line() -> None:
    memory = SnippetMemory()
    one = OtherDocument("a.py", "def total_price(): pass\n")
    two = OtherDocument("a.py", "def total_price(): return 2\n")
    first = chosen("total_price", one, memory=memory)
    assert chosen("total_price + ", two, memory=memory) == first
    assert chosen("total_price + 1\ntotal_price", two, memory=memory) != first


def test_a_document_that_is_excluded_meanwhile_is_not_shown_any_more() -> None:
    memory = SnippetMemory()
    assert chosen("total_price", OtherDocument("a.py", "def total_price(): pass\n"), memory=memory)
    assert chosen("total_price + ", memory=memory) == ()


def test_the_best_window_of_a_long_document_is_found_in_steps() -> None:
    text = "x = 1\n" * 3000 + "def total_price(amount): pass\n" + "y = 2\n" * 3000
    steps = SnippetMemory().choosing("u", "total_price(amount)", "", [OtherDocument("a.py", text)], budget_tokens=500)
    assert sum(1 for _ in steps) > 5
    assert "def total_price(amount)" in chosen("total_price(amount)", OtherDocument("a.py", text))[0].text
