"""The whole page without a mouse, every state of it under axe; an owner's rights."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.end_to_end.guest_page.conftest import Guest, Guests
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(180)
MOST_TABS = 60
FOCUSED = """() => {
    const one = document.activeElement;
    const label = one.labels?.length ? one.labels[0].textContent : '';
    return one.getAttribute('aria-label') || label || one.textContent;
}"""


def tab_to(guest: Guest, name: str, *, backwards: bool = False) -> None:
    """Press Tab until the control of this name has the focus."""
    seen = []
    for _ in range(MOST_TABS):
        if guest.page.evaluate(FOCUSED) == name:
            return
        guest.page.keyboard.press("Shift+Tab" if backwards else "Tab")
        seen.append(guest.page.evaluate(FOCUSED))
    raise AssertionError(f"Tab never came to {name!r}, only to {seen}")


def leave_the_text(guest: Guest) -> None:
    guest.page.keyboard.press("Escape")
    guest.page.keyboard.press("Tab")


def press(guest: Guest, name: str, *, backwards: bool = False) -> None:
    """Go there and press Enter."""
    tab_to(guest, name, backwards=backwards)
    guest.page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_is_enough_and_every_state_can_be_read(
    guests: Guests, hub: HubProcess, scheme: str, width: int
) -> None:
    ada = guests("Ada", color_scheme=scheme, viewport={"width": width, "height": 780})
    keyboard = ada.page.keyboard
    # Make a room and enter it.
    ada.page.goto(f"{hub.url}/")
    expect(ada.page.get_by_label("Name of the room")).to_be_visible()
    ada.expect_no_violations()
    tab_to(ada, "Name of the room")
    keyboard.type("our room")
    press(ada, "Create a room")
    expect(ada.page.get_by_label("Your name")).to_be_focused()
    ada.expect_no_violations()
    keyboard.type("Ada")
    press(ada, "Enter the room")
    expect(ada.text).to_be_focused()
    expect(ada.page.locator(".network")).to_have_text("Connected")
    keyboard.type("one two")
    ada.expect_saved()
    ada.expect_no_violations()
    # Out of the text, a new file, and back into the text.
    leave_the_text(ada)
    open_lists(ada, width)
    press(ada, "New file")
    expect(ada.page.get_by_label("Path in the room")).to_be_focused()
    ada.expect_no_violations()
    keyboard.type("src/util.py")
    keyboard.press("Enter")
    ada.expect_open("src/util.py")
    expect(ada.text).to_be_focused()
    keyboard.type("x = 1")
    # Rename it, and open the first one again.
    leave_the_text(ada)
    open_lists(ada, width)
    press(ada, "Rename src/util.py")
    expect(ada.page.get_by_label("New path")).to_be_focused()
    ada.expect_no_violations()
    keyboard.type("src/café.py")
    keyboard.press("Enter")
    expect(ada.page.locator(".files")).to_contain_text("src/café.py")
    press(ada, "main.txt")
    ada.expect_text("one two")
    # Somebody comes; what they do does not take the focus away.
    zoe = guests("Zoë").enter(room_of(ada, hub))
    leave_the_text(ada)
    open_lists(ada, width)
    tab_to(ada, "Follow Zoë")
    zoe.insert("\n" * 30 + "far away")
    expect(ada.page.locator(".people")).to_contain_text("main.txt:31")
    assert ada.page.evaluate(FOCUSED) == "Follow Zoë"
    ada.expect_no_violations()
    keyboard.press("Enter")
    expect(ada.page.get_by_role("button", name="Following Zoë")).to_be_focused()
    expect(ada.page.locator(".cm-line", has_text="far away")).to_be_attached()
    press(ada, "Change your name and colour") if width > 640 else tab_to(ada, "Following Zoë")
    if width > 640:
        ada.expect_no_violations()
        keyboard.press("Control+a")
        keyboard.type("Ada L.")
        keyboard.press("Enter")
        expect(zoe.page.locator(".people")).to_contain_text("Ada L.")
    if width <= 640:
        keyboard.press("Escape")
        expect(ada.page.get_by_role("button", name="Files")).to_be_focused()
    # Invite, history, and out. Forwards, the text would lie on the way.
    press(ada, "Invite", backwards=width > 640)
    expect(ada.page.locator("dialog")).to_be_visible()
    ada.expect_no_violations()
    press(ada, "Copy the link")
    expect(ada.page.get_by_label("The link", exact=True)).to_have_value(re.compile("/r/.+#"))
    ada.expect_no_violations()
    keyboard.press("Escape")
    press(ada, "History", backwards=True)
    expect(ada.page.locator(".earlier")).to_have_attribute("aria-busy", "false")
    ada.expect_no_violations()
    keyboard.press("Escape")
    expect(ada.page.locator("dialog")).to_have_count(0)
    press(ada, "Leave")
    expect(ada.page.get_by_label("Name of the room")).to_be_visible()
    expect(zoe.page.locator(".people")).not_to_contain_text("Ada")
    assert not ada.errors


def open_lists(guest: Guest, width: int) -> None:
    if width <= 640:
        press(guest, "Files")
        expect(guest.page.locator("aside")).to_be_visible()
        guest.expect_no_violations()


def room_of(guest: Guest, hub: HubProcess) -> str:
    return f"{hub.url}/r/{guest.page.url.rpartition('/')[2]}"


def test_an_owner_changes_roles_and_removes_on_the_page(guests: Guests, start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub(arguments=["--access", "invite"])
    room = hub.create_room(name="class")
    owner = guests("Owner").enter(f"{hub.url}/r/{room['roomId']}#{room['token']}")
    owner.page.get_by_role("button", name="Invite").click()
    owner.page.get_by_role("button", name="Copy the link").click()
    link = owner.page.get_by_label("The link", exact=True)
    expect(link).to_have_value(re.compile("/r/.+#"))
    pupil = guests("Pupil é😀").enter(link.input_value())
    owner.page.keyboard.press("Escape")
    pupil.type("mine")
    owner.expect_text("mine")
    role = owner.page.get_by_label("What Pupil é😀 may do")
    role.select_option("viewer")
    expect(pupil.page.locator(".saved")).to_have_text("You may look, not edit")
    expect(owner.page.locator(".people")).to_contain_text("viewer")
    pupil.type("X")
    pupil.expect_text("mine")
    role.select_option("editor")
    expect(pupil.page.locator(".saved")).to_have_text("All changes saved")
    pupil.type("!")
    owner.expect_text("mine!")
    role.select_option("remove")
    owner.page.get_by_role("button", name="Remove", exact=True).click()
    expect(owner.page.locator(".people")).not_to_contain_text("Pupil")
    expect(pupil.page.locator(".network")).to_have_attribute("data-state", "refused")
