"""Prefix sums against sums of lists."""

from hypothesis import given
from hypothesis import strategies as st

from pair_ls.text.prefix_sums import PrefixSums

rows = st.lists(st.integers(0, 5), min_size=1, max_size=20)


def assert_is_row(sums: PrefixSums, row: list[int]) -> None:
    assert sums.total == sum(row)
    assert [sums.before(index) for index in range(len(row) + 1)] == [sum(row[:index]) for index in range(len(row) + 1)]
    for amount in range(sum(row)):
        index, rest = sums.find(amount)
        assert sum(row[:index]) + rest == amount
        assert 0 <= rest < row[index]
    for beyond in range(3):
        assert sums.find(sum(row) + beyond) == (len(row) - 1, row[-1] + beyond)


@given(rows, st.data())
def test_a_changed_row_is_summed_like_a_new_one(row: list[int], data: st.DataObject) -> None:
    sums = PrefixSums(row)
    assert_is_row(sums, row)
    index = data.draw(st.integers(0, len(row) - 1))
    count = data.draw(st.integers(0, 5))
    sums.add(index, count - row[index])
    row[index] = count
    assert_is_row(sums, row)


@given(rows, rows, st.data())
def test_a_spliced_row_is_summed_like_a_new_one(row: list[int], counts: list[int], data: st.DataObject) -> None:
    sums = PrefixSums(row)
    start = data.draw(st.integers(0, len(row)))
    end = data.draw(st.integers(start, len(row)))
    sums.splice(start, end, counts)
    assert_is_row(sums, row[:start] + counts + row[end:])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_two_rows_are_searched_as_their_sum(pairs: list[tuple[int, int]]) -> None:
    row, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    both = PrefixSums([sum(pair) for pair in pairs])
    for amount in range(both.total):
        assert PrefixSums(row).find_with(PrefixSums(other), amount) == both.find(amount)
