"""The model is as good, and as honest, on code it was not fitted on as it was: bounds well below what is measured.

bench/offline_eval.py measures; this only notices a change that breaks it. The code is that of the running interpreter.
"""

import sysconfig
from pathlib import Path

import pytest

from pair_ls.completion.learned.evaluation import Report, Sample, evaluate

PACKAGES = ("asyncio", "http", "json", "importlib")


@pytest.fixture(scope="module")
def report() -> Report:
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = [path for package in PACKAGES for path in sorted((root / package).glob("*.py"))]
    samples = [Sample(str(path), "python", path.read_text(encoding="utf-8")) for path in paths]
    *_, last = evaluate(samples, per_file=6)
    return last


def test_a22_next_names_are_found(report: Report) -> None:
    untyped, typed = report.names
    assert untyped.first / untyped.asked > 0.42
    assert untyped.among_five / untyped.asked > 0.62
    assert typed.first / typed.asked > 0.64
    assert typed.among_five / typed.asked > 0.8


def test_a22_rests_of_lines_are_found_and_offered_when_sure(report: Report) -> None:
    offered, right = report.lines.sure(0.5)
    assert report.lines.first / report.lines.asked > 0.13
    assert offered > 0.05
    assert right > 0.6


def test_a22_confidence_means_what_it_says(report: Report) -> None:
    for score, most in ((report.names[0], 0.09), (report.names[1], 0.09), (report.lines, 0.12)):
        assert score.calibration_error() < most
