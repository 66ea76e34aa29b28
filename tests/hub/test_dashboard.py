"""The dashboard for Grafana shows what the hub counts: no panel stays empty, no number is hidden."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pair_ls.hub import metrics
from pair_ls.hub.counters import Counters
from pair_ls.hub.hub import Hub

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "docs" / "grafana" / "pair-ls-hub.json"
LIMITS_PAGE = ROOT / "docs" / "limits.md"

LEFT_OUT: frozenset[str] = frozenset()
"""Families that no panel shows, on purpose: with the reason beside each."""


@pytest.fixture(scope="module")
def families() -> dict[str, set[str]]:
    """What a hub exports: family -> names of its samples."""
    counters = Counters()
    counters.closed[1013] += 1
    counters.refused["unknown-room"] += 1
    counters.commit(3, 0.002)
    hub = SimpleNamespace(
        counters=counters,
        sockets=(),
        rooms=(),
        commits=SimpleNamespace(waiting=0),
        store=SimpleNamespace(spooled=lambda: 0),
        store_trouble=None,
    )
    text = metrics.render(cast(Hub, hub)).decode()
    return {each.name: {sample.name for sample in each.samples} for each in text_string_to_metric_families(text)}


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    """The file as Grafana reads it."""
    read: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return read


def names_in(text: str) -> set[str]:
    """All names of ours in a query or a page."""
    return set(re.findall(r"pair_ls_\w+", text))


def queried(dashboard: dict[str, Any]) -> set[str]:
    """All that the panels and variables ask for."""
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [str(variable.get("query", "")) for variable in dashboard["templating"]["list"]]
    return names_in(" ".join(expressions + variables))


def test_every_number_that_the_dashboard_asks_for_exists(
    dashboard: dict[str, Any], families: dict[str, set[str]]
) -> None:
    asked = queried(dashboard)
    assert asked
    assert asked - set().union(*families.values()) == set()


def test_every_number_of_the_hub_is_shown_or_left_out_on_purpose(
    dashboard: dict[str, Any], families: dict[str, set[str]]
) -> None:
    asked = queried(dashboard)
    hidden = {family for family, samples in families.items() if not samples & asked}
    assert hidden == LEFT_OUT


def test_labels_that_panels_split_by_exist(dashboard: dict[str, Any]) -> None:
    legends = {target["legendFormat"] for panel in dashboard["panels"] for target in panel["targets"]}
    labels = set(re.findall(r"\{\{(\w+)\}\}", " ".join(legends)))
    assert labels == {"code", "instance"}  # ours, and the one that Prometheus gives to whatever it asks


def test_panels_have_a_title_a_sentence_and_a_place_of_their_own(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    assert all(panel["description"].endswith(".") for panel in panels)
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def test_the_page_about_limits_names_only_numbers_that_exist(families: dict[str, set[str]]) -> None:
    exported = set(families) | set().union(*families.values())
    assert names_in(LIMITS_PAGE.read_text(encoding="utf-8")) - exported == set()
