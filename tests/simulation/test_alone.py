"""Every kind of fake editor alone against others' edits: quick, and a failure names the editor."""

import pytest

from tests.simulation.alone import Alone
from tests.simulation.editors.editor import Ways
from tests.simulation.editors.profiles import ALL


@pytest.mark.parametrize("ways", ALL, ids=lambda ways: ways.name)
def test_the_editor_ends_with_the_shared_text(ways: Ways) -> None:
    for seed in range(60):
        try:
            Alone(seed, ways).run()
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error
