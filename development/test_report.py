"""What a pytest run was, read from its JUnit file."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """`not_tested`: reason -> number of tests that were skipped for it. `measured`: what, and the figures."""

    passed: int
    failed: int
    not_tested: Mapping[str, int]
    measured: Sequence[tuple[str, str]] = ()


def read_report(file: Path) -> Report:
    """Errors in a test's set-up count as failures; an expected failure counts as passed."""
    passed = failed = 0
    reasons: Counter[str] = Counter()
    measured = []
    for case in ElementTree.parse(file).iter("testcase"):
        for told in case.iterfind("properties/property"):
            name, value = told.get("name", ""), told.get("value", "")
            measured += [(name.removeprefix("measured: "), value)] if name.startswith("measured: ") else []
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skipped is None or skipped.get("type") == "pytest.xfail":
            passed += 1
        else:
            reasons[skipped.get("message", "").removeprefix("Skipped: ")] += 1
    return Report(passed, failed, reasons, measured)
