"""Following somebody at the page: where it leads, and what ends it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.end_to_end.guest_page.conftest import Guests, Held

pytestmark = pytest.mark.timeout(120)
LINES = "\n".join(f"line {number}" for number in range(150))


def test_following_goes_where_the_other_goes_until_one_types(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    ada.insert(LINES)
    zoe.page.get_by_role("button", name="Follow Ada").click()
    expect(zoe.page.get_by_role("button", name="Following Ada")).to_be_visible()
    expect(zoe.page.locator(".cm-line", has_text="line 149")).to_be_visible()
    ada.page.keyboard.press("Control+Home")
    expect(zoe.page.locator(".cm-line", has_text="line 0")).to_be_visible()
    zoe.text.press("x")
    expect(zoe.page.get_by_role("button", name="Following Ada")).to_be_hidden()


def test_following_finds_a_line_whose_text_comes_after_its_number(guests: Guests, room_link: str) -> None:
    zoe = guests("Zoë")
    text = Held(zoe, "main")
    zoe.enter(room_link)
    ada = guests("Ada").enter(room_link)
    zoe.page.get_by_role("button", name="Follow Ada").click()
    text.is_held = True
    ada.insert(LINES)
    expect(zoe.page.locator(".people")).to_contain_text("main.py:150")
    text.release()
    expect(zoe.page.locator(".cm-line", has_text="line 149")).to_be_visible()


def test_who_opens_a_document_follows_nobody_any_more(guests: Guests, room_link: str) -> None:
    ada, zoe = guests("Ada").enter(room_link), guests("Zoë").enter(room_link)
    zoe.new_file("other.py")
    zoe.page.get_by_role("button", name="Follow Ada").click()
    zoe.expect_open("main.py")
    zoe.open_file("other.py")
    expect(zoe.page.get_by_role("button", name="Following Ada")).to_be_hidden()
    ada.type("moving on")
    zoe.open_file("main.py")
    zoe.expect_text("moving on")


def test_following_waits_for_a_document_that_is_not_in_the_list_yet(guests: Guests, room_link: str) -> None:
    zoe = guests("Zoë")
    index = Held(zoe, "index", sync_only=True)
    zoe.enter(room_link)
    ada = guests("Ada").enter(room_link)
    ada.insert(LINES)
    ada.page.keyboard.press("Control+Home")
    zoe.page.get_by_role("button", name="Follow Ada").click()
    expect(zoe.page.locator(".cm-line", has_text="line 0")).to_be_visible()
    index.is_held = True
    ada.new_file("new.py")
    ada.insert(LINES.replace("line", "new"))
    ada.expect_saved()
    guests("Mia").enter(room_link)
    expect(zoe.page.locator(".people")).to_contain_text("Mia")  # said after Ada's place
    expect(zoe.page.locator(".cm-line", has_text="line 149")).to_have_count(0)
    index.release()
    zoe.expect_open("new.py")
    expect(zoe.page.locator(".cm-line", has_text="new 149")).to_be_visible()
