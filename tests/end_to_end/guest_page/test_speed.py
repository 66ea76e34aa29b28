"""How long a person waits for the page, and for what the other types; the figures stand in the closing table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from bench.page import MOST_MILLISECONDS, key_milliseconds, key_row, open_page, opening_row, openings, p95
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(120)
Tell = Callable[[str, object], None]
KEYS = 100
PATIENCE_MILLISECONDS = 5000.0
TRANSFERRED = """() => ['navigation', 'resource']
    .flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def test_the_page_is_there_at_once(browser: Browser, room_link: str, record_property: Tell) -> None:
    first, again = openings(browser, room_link, visits=2)
    record_property("measured: guest page, opening", opening_row(first, again))
    assert first.paint <= first.ready <= PATIENCE_MILLISECONDS
    assert again.ready <= PATIENCE_MILLISECONDS


def test_a_key_is_in_the_other_browser_within_a_quarter_of_a_second(
    browser: Browser, hub: HubProcess, record_property: Tell
) -> None:
    times = key_milliseconds(browser, hub.create_room(name="keys")["links"]["page"], KEYS)
    record_property("measured: guest page, key to the other browser", key_row(times))
    assert all(time > 0 for time in times), "the clocks differ"
    assert p95(times) <= MOST_MILLISECONDS


def test_the_first_load_is_small(browser: Browser, room_link: str, record_property: Tell) -> None:
    context = browser.new_context()
    page = context.new_page()
    open_page(page, room_link, ready="form")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(TRANSFERRED)
    context.close()
    record_property("measured: guest page, first load", f"{sizes / 1000:.0f} kB over the wire")
    assert 0 < sizes <= 180_000
