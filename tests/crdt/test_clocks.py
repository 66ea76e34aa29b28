"""Sets of clocks, against a plain set."""

from hypothesis import given
from hypothesis import strategies as st

from pair_ls.crdt.clocks import ClockRanges, ClockSet

ranges = st.tuples(st.integers(1, 2), st.integers(0, 60), st.integers(1, 12))


@given(st.lists(ranges), ranges)
def test_ranges_know_what_was_added(added: list[tuple[int, int, int]], asked: tuple[int, int, int]) -> None:
    clocks = ClockRanges()
    model: set[tuple[int, int]] = set()
    for client, start, length in added:
        clocks.add(client, start, start + length)
        model |= {(client, clock) for clock in range(start, start + length)}
    client, start, length = asked
    expected = all((client, clock) in model for clock in range(start, start + length))
    assert clocks.covers(client, start, start + length) == expected
    runs = sum((client, clock - 1) not in model for client, clock in model)
    assert len(clocks) == runs


def test_deleting_on_does_not_make_them_grow() -> None:
    clocks = ClockRanges()
    for clock in range(10_000):
        clocks.add(7, clock, clock + 1)
    for clock in range(30_000, 20_000, -1):
        clocks.add(7, clock, clock + 1)
    assert len(clocks) == 2


def test_a_set_of_clocks_knows_what_was_appended() -> None:
    clocks = ClockSet()
    assert not clocks
    for clock in (3, 5, 2**31 - 1):
        clocks.append(9, clock)
    assert clocks
    assert [clock for clock in range(8) if clocks.has(9, clock)] == [3, 5]
    assert clocks.has(9, 2**31 - 1)
    assert not clocks.has(8, 3)
