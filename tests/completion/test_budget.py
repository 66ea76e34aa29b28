"""No more requests than the user allowed, counted over moving windows."""

from pair_ls.completion.budget import Budget, Spent


def test_minute_and_day_are_counted_over_moving_windows() -> None:
    budget = Budget(per_minute=2, per_day=3)
    for now in (0.0, 1.0):
        assert budget.may_spend(now)
        budget.spend(now)
    assert not budget.may_spend(59.9)
    assert budget.may_spend(60.0)
    budget.spend(60.0)
    assert not budget.may_spend(500.0)
    assert budget.spent(500.0) == Spent(0, 3, 2, 3)
    assert budget.may_spend(86_400.0)


def test_zero_allows_nothing() -> None:
    assert not Budget(per_minute=0, per_day=10).may_spend(0.0)
    assert not Budget(per_minute=10, per_day=0).may_spend(0.0)
