"""What each guest may do at the page: their own role, also where several came by one link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.end_to_end.guest_page.conftest import GOES_ON, Guest, Guests
from tests.hub.test_rights_live import Owned
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(120)
MAY_LOOK = "You may look, not edit"


@pytest.fixture
def room(start_hub: Callable[..., HubProcess]) -> Owned:
    return Owned(start_hub(arguments=["--access", "invite"]))


def link(room: Owned) -> str:
    """For editors; everybody here comes by it."""
    return f"{room.hub.url}/r/{room.room_id}#{room.editor}"


def change_role(room: Owned, name: str, role: str) -> None:
    room.ask("PATCH", f"/participants/{room.participant(name)}", {"role": role})


def until_told_its_role(guest: Guest, room: Owned) -> None:
    """The page asks every few seconds."""
    with guest.page.expect_response(f"**/api/rooms/{room.room_id}"):
        pass


def test_one_of_two_who_share_a_link_is_demoted_and_the_other_is_not(guests: Guests, room: Owned) -> None:
    ada, bob = guests("Ada").enter(link(room)), guests("Bob").enter(link(room))
    change_role(room, "Bob", "viewer")
    expect(bob.page.locator(".saved")).to_have_text(MAY_LOOK)
    until_told_its_role(ada, room)
    ada.new_file("notes.py")
    ada.type("still writing")
    ada.expect_saved()
    bob.open_file("notes.py")
    bob.expect_text("still writing")


def test_one_of_two_who_share_a_link_is_removed_and_the_other_comes_back(guests: Guests, room: Owned) -> None:
    ada, bob = guests("Ada").enter(link(room)), guests("Bob").enter(link(room))
    room.ask("DELETE", f"/participants/{room.participant('Bob')}")
    expect(bob.page.locator(".network")).to_have_attribute("data-state", "refused")
    ada.page.reload()
    ada.expect_text("text")
    ada.type(" and more")
    ada.expect_saved()
    bob.page.reload()
    expect(bob.page.locator("h1")).to_have_text("This room cannot be opened")


def test_a_demoted_guest_changes_nothing_by_undo_or_a_suggestion(guests: Guests, room: Owned) -> None:
    bob = guests("Bob").enter(link(room))
    bob.type("\n")
    text = "text\n" + bob.until_ghost()
    bob.expect_saved()
    change_role(room, "Bob", "viewer")
    expect(bob.page.locator(".saved")).to_have_text(MAY_LOOK)
    expect(bob.ghost).to_have_count(0)
    bob.page.keyboard.press("Tab")
    assert bob.shown() == text
    bob.text.click()
    bob.page.keyboard.press("Control+z")
    assert bob.shown() == text


def test_a_promoted_guest_gets_suggestions_and_undo_at_once(guests: Guests, room: Owned) -> None:
    viewer = room.invite("viewer", expiresInSeconds=600)["invite"]
    bob = guests("Bob").enter(viewer)
    change_role(room, "Bob", "editor")
    expect(bob.page.locator(".saved")).to_have_text("All changes saved")
    bob.type("\n")
    bob.until_ghost()
    bob.page.keyboard.press("Tab")
    bob.page.keyboard.press("Control+z")
    bob.expect_text("text\n" + GOES_ON + "i")
