"""Ghost text at the page: what it says, how it is taken, and what ends it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.end_to_end.guest_page.conftest import GOES_ON, Guest, Guests
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ghost_text_says_how_sure_it_is_and_tab_takes_it(guests: Guests, room_link: str, scheme: str) -> None:
    ada = guests("Ada", color_scheme=scheme).enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    text = ada.until_ghost()
    ghost = ada.ghost
    expect(ada.page.locator(".ghost-confidence")).to_have_text(re.compile(r"^ \d+ %$"))
    label = ghost.get_attribute("aria-label") or ""
    assert re.match(r"Suggestion: ce.*\. offline, \d+ % sure\. Tab takes it\.", label), label
    ada.expect_no_violations()
    ada.screenshot(f"guest-page-ghost-{scheme}")
    assert "ce" not in zoe.shown().splitlines()[-1].partition("pri")[2], "others see only what was taken"
    ada.page.keyboard.press("Escape")
    expect(ghost).to_have_count(0)
    ada.expect_text(text)
    ada.page.keyboard.type("c")
    expect(ghost).to_be_visible()
    ada.page.keyboard.press("Tab")
    expect(ghost).to_have_count(0)
    wanted = re.compile(re.escape(text + "ce"))
    assert wanted.match(ada.shown())
    zoe.expect_text(ada.shown())
    ada.page.keyboard.press("Control+z")
    ada.expect_text(text + "c")


def type_at_the_top(guest: Guest, text: str) -> None:
    guest.text.click()
    guest.page.keyboard.press("Control+Home")
    guest.page.keyboard.type(text)


def test_ghost_text_stays_while_somebody_types_elsewhere(guests: Guests, room_link: str) -> None:
    ada, zoe = guests("Ada").enter(room_link), guests("Zoë").enter(room_link)
    text = ada.until_ghost()
    type_at_the_top(zoe, "é😀 = 1\n")
    ada.expect_text("é😀 = 1\n" + text)
    expect(ada.ghost).to_be_visible()
    ada.page.keyboard.press("Tab")
    expect(ada.ghost).to_have_count(0)
    assert ada.shown().startswith("é😀 = 1\n" + text + "ce")
    zoe.expect_text(ada.shown())


def test_ghost_text_goes_when_its_line_changes_or_the_caret_moves(guests: Guests, room_link: str) -> None:
    ada, zoe = guests("Ada").enter(room_link), guests("Zoë").enter(room_link)
    text = ada.until_ghost()
    zoe.type("\n")
    ada.page.wait_for_function("() => document.querySelectorAll('.cm-line').length > 25")
    expect(ada.ghost).to_have_count(0)
    zoe.page.keyboard.press("Control+z")
    ada.expect_text(text)
    ada.page.keyboard.press("Backspace")
    expect(ada.ghost).to_be_visible()
    ada.page.keyboard.press("ArrowLeft")
    expect(ada.ghost).to_have_count(0)


def test_a_suggestion_on_its_way_arrives_where_the_caret_is_by_then(guests: Guests, room_link: str) -> None:
    ada, zoe = guests("Ada").enter(room_link), guests("Zoë").enter(room_link)
    asked: list[Route] = []
    ada.page.route("**/api/autocomplete", lambda route: asked.append(route))
    ada.insert(GOES_ON)
    with ada.page.expect_request("**/api/autocomplete"):
        ada.page.keyboard.type("i")
    type_at_the_top(zoe, "é😀 = 1\n")
    ada.expect_text("é😀 = 1\n" + GOES_ON + "i")
    asked[0].continue_()
    expect(ada.ghost).to_be_visible()
    ada.page.keyboard.press("Tab")
    expect(ada.ghost).to_have_count(0)
    assert ada.shown().startswith("é😀 = 1\n" + GOES_ON + "ice")


def test_the_hub_is_told_who_asks_and_for_which_document(guests: Guests, hub: HubProcess) -> None:
    """Some must not leave the hub, and strangers are not answered by an endpoint."""
    room = hub.create_room(name="café", language="python")
    ada = guests("Ada").enter(room["links"]["page"])
    with ada.page.expect_request("**/api/autocomplete") as asked:
        ada.until_ghost()
    told = asked.value.post_data_json or {}
    assert (told["roomId"], told["documentId"]) == (room["roomId"], "main")
    assert asked.value.headers["x-pair-participant"]
