"""From log-probabilities to a confidence, and to a word."""

from pair_ls.completion.candidate import level_of
from pair_ls.completion.confidence import NEUTRAL, ModelCalibration, Token, model_confidence


def test_without_log_probabilities_it_is_neutral() -> None:
    assert model_confidence("total", []) == NEUTRAL


def test_surer_models_give_more_confidence() -> None:
    sure = model_confidence("total", [Token("tot", -0.01), Token("al", -0.01)])
    unsure = model_confidence("total", [Token("tot", -1.0), Token("al", -1.5)])
    assert 0.9 < sure < 1.0
    assert 0.0 < unsure < 0.3


def test_only_the_first_line_that_is_shown_counts() -> None:
    tokens = [Token("a\n", -0.01), Token("wild guess", -9.0)]
    assert model_confidence("a\nwild guess", tokens) > 0.9
    assert model_confidence("a", tokens) > 0.9


def test_a_model_can_have_its_own_calibration() -> None:
    tokens = [Token("a", -0.1)]
    assert model_confidence("a", tokens, ModelCalibration(shift=-2.0)) < model_confidence("a", tokens)


def test_words_for_numbers() -> None:
    assert [level_of(value) for value in (0.0, 0.29, 0.3, 0.69, 0.7, 1.0)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
    ]
