"""Each real editor alone with a text that others edit, most of all at its end."""

from __future__ import annotations

import os

import pytest

from tests.end_to_end.real_editors.desks import MAKERS
from tests.end_to_end.real_editors.lone import play_alone

SEED = int(os.environ.get("PAIR_LS_MATRIX_SEED", "1"))
pytestmark = pytest.mark.timeout(90)
ALONE = [name for name in MAKERS if not name.endswith("-plugin")]  # the plugin speaks a method of our own


@pytest.mark.parametrize("name", ALONE)
def test_an_editor_shows_what_others_write_once(name: str) -> None:
    problem = play_alone(name, SEED, seconds=6.0)
    assert problem is None, problem
