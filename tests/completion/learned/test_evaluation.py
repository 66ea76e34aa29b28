"""Measuring on somebody's own code: the counts add up, and the model is left as it was."""

from pair_ls.completion.learned.evaluation import Sample, Score, evaluate
from pair_ls.completion.learned.model import Offer

CODE = "".join(
    f"def compute_{number}(price, amount):\n    total = price * amount\n    return total + {number}  # é😀\n\n"
    for number in range(12)
)


def test_regular_code_is_found_again() -> None:
    samples = [Sample(f"file{number}", "python", CODE) for number in range(3)]
    report = list(evaluate(samples))[-1]
    assert report.names[0].asked == report.names[1].asked == 18
    assert report.names[1].first >= 15
    assert report.names[1].among_five >= report.names[1].first
    assert report.lines.asked == 9
    assert report.lines.first >= 3


def test_two_runs_agree() -> None:
    samples = [Sample("a", "python", CODE), Sample("b", "go", "package main\n\nfunc main() {\n\tprintln(value)\n}\n")]
    first, second = list(evaluate(samples))[-1], list(evaluate(samples))[-1]
    assert first == second


def test_empty_and_awkward_files_are_passed_over() -> None:
    texts = ("", "\n", "é", "# only a comment\n", '"""', "\u2028", "x")
    assert list(evaluate([Sample(text, "python", text) for text in texts]))[-1].names[0].asked == 0


def test_spaces_do_not_matter_and_confidence_is_kept() -> None:
    score = Score()
    score.add(" = a + b", [Offer("=a+b", 0.8)])
    score.add("x", [])
    assert (score.asked, score.first, score.among_five) == (2, 1, 1)
    assert score.sure(0.5) == (0.5, 1.0)
    assert round(score.calibration_error(), 3) == 0.2
