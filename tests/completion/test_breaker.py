"""When an endpoint is left alone, and for how long."""

import pytest

from pair_ls.completion.breaker import Breaker, Failure, State


def test_three_failures_in_a_row_open_it_for_five_seconds() -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker.failed(Failure.BROKEN, 0.0)
        assert breaker.may_ask(0.0)
    breaker.failed(Failure.TIMEOUT, 0.0)
    assert not breaker.may_ask(4.9)
    assert breaker.may_ask(5.0)


def test_a_success_between_failures_starts_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(5):
        breaker.failed(Failure.BROKEN, 0.0)
        breaker.failed(Failure.BROKEN, 0.0)
        breaker.succeeded()
    assert breaker.state is State.CLOSED


def test_half_open_lets_one_request_through() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(Failure.BROKEN, 0.0)
    assert breaker.may_ask(6.0)
    assert not breaker.may_ask(6.0)
    breaker.failed(Failure.BROKEN, 6.0)
    assert not breaker.may_ask(15.9)  # twice as long as the first time
    assert breaker.may_ask(16.0)
    breaker.succeeded()
    assert breaker.may_ask(16.0)
    assert breaker.pause is None


def test_pauses_end_at_a_minute() -> None:
    breaker = Breaker()
    now = 0.0
    for _ in range(12):
        breaker.failed(Failure.UNREACHABLE, now)
        assert breaker.pause is not None
        assert breaker.pause.until is not None
        assert breaker.pause.until - now <= 60.0
        now = breaker.pause.until
        assert breaker.may_ask(now)


def test_a_taken_back_probe_leaves_room_for_another() -> None:
    breaker = Breaker()
    breaker.failed(Failure.UNREACHABLE, 0.0)
    assert breaker.may_ask(5.0)
    breaker.abandoned(5.0)
    assert breaker.may_ask(5.1)


def test_busy_waits_as_long_as_it_is_told_or_doubles() -> None:
    breaker = Breaker()
    breaker.failed(Failure.BUSY, 0.0, retry_after=3600.0)
    assert not breaker.may_ask(3599.0)
    assert breaker.may_ask(3600.0)
    breaker = Breaker()
    expected = 10.0
    now = 0.0
    for _ in range(8):
        breaker.failed(Failure.BUSY, now)
        assert breaker.pause is not None
        assert breaker.pause.until == now + min(expected, 300.0)
        now = breaker.pause.until
        assert breaker.may_ask(now)
        expected *= 2


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.NOT_INSTALLED])
def test_what_time_does_not_heal_stays_off_until_the_settings_change(failure: Failure) -> None:
    breaker = Breaker()
    breaker.failed(failure, 0.0)
    assert not breaker.may_ask(1e9)
    breaker.reset()
    assert breaker.may_ask(0.0)


def test_jitter_spreads_what_the_endpoint_did_not_say() -> None:
    breaker = Breaker()
    breaker.failed(Failure.BUSY, 0.0, jitter=1.0)
    assert breaker.pause is not None
    assert breaker.pause.until == 12.0
