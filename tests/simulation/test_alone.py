"""Every kind of fake editor alone against others' edits: quick, and a failure names the editor."""

import pytest

from tests.simulation.alone import Alone
from tests.simulation.editors.editor import Ways
from tests.simulation.editors.profiles import ALL


@pytest.mark.parametrize("ways", ALL, ids=lambda ways: ways.name)
def test_the_editor_ends_with_the_shared_text(ways: Ways) -> None:
    for seed in range(40):
        try:
            run = Alone(seed, ways)
            run.run()
            assert run.desk.requests <= 3 * run.desk.updates, "too many requests"
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error


_WAITING = ("waits for keys", "previews", "get lost", "slow answers", "trailing", "eglot", "full sync")


@pytest.mark.parametrize("ways", [ways for ways in ALL if not ways.name.endswith(_WAITING)], ids=lambda ways: ways.name)
def test_in_a_pause_the_editor_is_up_to_date_within_300_ms(ways: Ways) -> None:
    for seed in range(20):
        run = Alone(seed, ways)
        run.act()
        run.clock.run(until=run.clock.now + 0.3)
        assert run.shows_the_shared_text(), f"seed {seed}"
