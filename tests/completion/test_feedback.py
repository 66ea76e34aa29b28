"""What became of what was shown, counted once each."""

from pair_ls.completion.feedback import Counts, Feedback


def test_partial_acceptance_is_cumulative() -> None:
    feedback = Feedback()
    feedback.shown(1)
    feedback.shown(1)
    for characters in (3, 7, 12):
        feedback.partly_accepted(1, characters)
    feedback.accepted(1)
    feedback.shown(2)
    assert feedback.counts() == Counts(2, 1, 1, 12)
