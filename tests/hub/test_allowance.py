"""How fast a connection may send."""

from pair_ls.hub.allowance import BURST_SECONDS, Allowance, Rates

RATES = Rates(messages=100, size_bytes=1000, largest_message=5000)


def test_who_keeps_to_the_rate_never_owes() -> None:
    allowance = Allowance(RATES, 0.0)
    assert all(allowance.take(1, 10, RATES, second / 100) == 0.0 for second in range(1000))


def test_a_burst_is_free_and_more_is_owed() -> None:
    allowance = Allowance(RATES, 0.0)
    assert allowance.take(int(100 * BURST_SECONDS), 0, RATES, 0.0) == 0.0
    assert allowance.take(50, 0, RATES, 0.0) == 0.5
    assert allowance.take(0, 0, RATES, 0.5) == 0.0


def test_one_large_message_may_always_come() -> None:
    allowance = Allowance(RATES, 0.0)
    assert allowance.take(1, 5000, RATES, 0.0) == 0.0
    assert allowance.take(1, 5000, RATES, 0.0) > 0.0


def test_waiting_long_saves_up_no_more_than_a_burst() -> None:
    allowance = Allowance(RATES, 0.0)
    assert allowance.take(201, 0, RATES, 1e6) == 0.01
