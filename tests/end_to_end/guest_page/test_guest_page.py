"""The guest page in a real Chromium, against a real hub."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.end_to_end.guest_page.conftest import Guests, Held
from tests.support.hub_process import HubProcess

pytestmark = pytest.mark.timeout(120)


def test_a_link_is_all_one_needs_to_write_together(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë 😀").enter(room_link)
    ada.insert("def café():\n    return '😀'\n")
    zoe.expect_text("def café():\n    return '😀'\n")
    ada.expect_saved()
    expect(zoe.page.locator(".people")).to_contain_text("Ada")
    expect(ada.page.locator(".people")).to_contain_text("Zoë 😀")
    expect(zoe.page.locator(".cm-ySelectionInfo").first).to_have_text("Ada")
    ada.screenshot("guest-page-light")
    assert not ada.errors
    assert not zoe.errors


def test_the_token_leaves_the_address_at_once(guests: Guests, hub: HubProcess) -> None:
    room = hub.create_room(name="secret")
    ada = guests("Ada").enter(room["links"]["invite"])
    assert urlsplit(ada.page.url).fragment == ""
    assert "token" not in ada.page.url


def test_a_reload_keeps_who_one_is_and_what_was_written(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    ada.type("before")
    ada.expect_saved()
    ada.page.reload()
    ada.expect_text("before")
    expect(ada.page.locator(".people")).to_contain_text("Ada (you)")
    ada.type(" after")
    ada.expect_saved()
    ada.expect_text("before after")


def test_undo_takes_back_only_what_one_typed_oneself(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    ada.type("mine ")
    zoe.expect_text("mine ")
    zoe.type("theirs")
    ada.expect_text("mine theirs")
    ada.page.keyboard.press("Control+z")
    ada.expect_text("theirs")
    zoe.expect_text("theirs")


def test_a_viewer_may_look_but_not_edit(guests: Guests, start_hub: Callable[..., HubProcess]) -> None:
    hub = start_hub(arguments=["--access", "invite"])
    room = hub.create_room(name="class")
    invite = hub.request(
        "POST", f"/api/rooms/{room['roomId']}/invites", {"role": "viewer", "expiresInSeconds": 600}, token=room["token"]
    )
    owner = guests("Owner").enter(f"{hub.url}/r/{room['roomId']}#{room['token']}")
    viewer = guests("Viewer").enter(invite["invite"])
    owner.type("look")
    viewer.expect_text("look")
    expect(viewer.page.locator(".saved")).to_have_text("You may look, not edit")
    viewer.type("X")
    expect(viewer.page.get_by_role("button", name="New file")).to_be_hidden()
    owner.type("!")
    viewer.expect_text("look!")
    owner.expect_text("look!")


def test_documents_can_be_made_renamed_and_deleted(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    ada.page.get_by_role("button", name="New file").click()
    ada.page.get_by_label("Path in the room").fill("src/util.py")
    ada.page.get_by_role("button", name="OK").click()
    expect(zoe.page.locator(".files")).to_contain_text("src/util.py")
    ada.type("x = 1")
    zoe.page.get_by_role("button", name="src/util.py", exact=True).or_(
        zoe.page.locator(".file", has_text="src/util.py")
    ).first.click()
    zoe.expect_text("x = 1")
    zoe.page.get_by_role("button", name="Rename src/util.py").click()
    zoe.page.get_by_label("New path").fill("src/café.py")
    zoe.page.get_by_role("button", name="OK").click()
    expect(ada.page.locator(".files")).to_contain_text("src/café.py")
    ada.expect_text("x = 1")
    ada.page.get_by_role("button", name="Delete src/café.py").click()
    ada.page.locator("dialog").get_by_role("button", name="Delete").click()
    expect(zoe.page.locator(".files")).not_to_contain_text("src/café.py")


def test_a_hub_restart_is_a_notice_not_an_error(guests: Guests, hub: HubProcess, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    ada.type("one ")
    ada.expect_saved()
    hub.kill9()
    expect(ada.page.locator(".network")).to_contain_text("Offline")
    ada.type("two")
    expect(ada.page.locator(".saved")).not_to_have_text("All changes saved")
    hub.restart()
    expect(ada.page.locator(".network")).to_have_text("Connected")
    ada.expect_saved()
    zoe = guests("Zoë").enter(room_link)
    zoe.expect_text("one two")


REMEMBER_SOCKETS = """
    const Plain = window.WebSocket;
    window.sockets = [];
    window.WebSocket = class extends Plain { constructor(...all) { super(...all); window.sockets.push(this); } };
"""
TYPE_WHILE_CLOSING = """async () => {
    window.sockets.forEach(socket => socket.close());
    document.execCommand('insertText', false, 'é');
    for (let turn = 0; turn < 20; turn++) await null;
    return [window.sockets.map(socket => socket.readyState), document.querySelector('.saved').textContent];
}"""


@pytest.mark.timeout(1500)
def test_a_socket_dropped_right_after_a_key_neither_doubles_nor_loses_it(guests: Guests, room_link: str) -> None:
    """PAIR_LS_DROPS=1000 is the long version."""
    drops = int(os.environ.get("PAIR_LS_DROPS", "25"))
    ada = guests("Ada")
    ada.page.add_init_script(REMEMBER_SOCKETS)
    ada.enter(room_link)
    ada.text.click()
    for number in range(drops):
        ada.page.keyboard.type(f"{number} ")
        ada.page.evaluate("() => window.sockets.forEach(socket => socket.close())")
        expect(ada.page.locator(".network")).to_have_text("Connected")
        ada.page.evaluate("() => { window.sockets = window.sockets.filter(socket => socket.readyState < 2) }")
    ada.expect_saved()
    whole = "".join(f"{number} " for number in range(drops))
    ada.expect_text(whole)
    guests("Zoë").enter(room_link).expect_text(whole)


def test_a_key_typed_while_the_socket_closes_is_not_called_saved(guests: Guests, room_link: str) -> None:
    ada = guests("Ada")
    ada.page.add_init_script(REMEMBER_SOCKETS)
    ada.enter(room_link)
    ada.type("one ")
    ada.expect_saved()
    states, words = ada.page.evaluate(TYPE_WHILE_CLOSING)
    assert set(states) == {2}, "the sockets are not closing"
    assert words != "All changes saved"
    ada.expect_saved()
    guests("Zoë").enter(room_link).expect_text("one é")


def test_a_new_file_stays_open_until_the_list_has_it(guests: Guests, room_link: str) -> None:
    ada = guests("Ada")
    index = Held(ada, "index")
    ada.enter(room_link)
    index.is_held = True
    ada.new_file("new.py")
    ada.type("x = 1")
    ada.expect_saved()
    expect(ada.page.locator(".files")).not_to_contain_text("new.py")
    index.release()
    expect(ada.page.locator(".files")).to_contain_text("new.py")
    ada.expect_text("x = 1")
    zoe = guests("Zoë").enter(room_link)
    zoe.page.get_by_role("button", name="Delete new.py").click()
    zoe.page.locator("dialog").get_by_role("button", name="Delete").click()
    ada.expect_open("main.py")


def test_an_unknown_room_is_one_sentence(guests: Guests, hub: HubProcess) -> None:
    nobody = guests("Nobody")
    nobody.page.goto(f"{hub.url}/r/AAAAAAAAAAAAAAAAAAAAAA")
    expect(nobody.page.locator("h1")).to_have_text("This room cannot be opened")


def test_a_room_is_made_from_the_first_page(guests: Guests, hub: HubProcess) -> None:
    ada = guests("Ada")
    ada.page.goto(hub.url + "/")
    ada.page.get_by_label("Name of the room").fill("our room")
    ada.page.get_by_role("button", name="Create a room").click()
    ada.page.get_by_label("Your name").fill("Ada")
    ada.page.get_by_role("button", name="Enter the room").click()
    expect(ada.page.locator("header h1")).to_have_text("our room")
    ada.type("hello")
    ada.expect_saved()
    ada.page.get_by_role("button", name="Invite").click()
    ada.page.get_by_role("button", name="Copy the link").click()
    expect(ada.page.get_by_label("The link", exact=True)).to_have_value(re.compile("/r/.+#"))


def test_an_earlier_state_comes_back_for_everybody(guests: Guests, room_link: str) -> None:
    ada = guests("Ada").enter(room_link)
    zoe = guests("Zoë").enter(room_link)
    ada.type("first")
    ada.expect_saved()
    ada.page.keyboard.press("Control+a")
    ada.page.keyboard.type("second")
    ada.expect_saved()
    ada.page.get_by_role("button", name="History").click()
    slider = ada.page.get_by_label("Earlier states")
    expect(slider).to_be_visible()
    shown = ada.page.locator(".earlier")
    expect(shown.locator(".text")).to_have_text("second")
    expect(shown.locator(".author")).to_have_text("Ada")
    ada.screenshot("guest-page-history")
    slider.press("Home")
    expect(shown).to_have_attribute("aria-busy", "false")
    while shown.locator(".text").inner_text() != "first":
        slider.press("ArrowRight")
        expect(shown).to_have_attribute("aria-busy", "false")
    ada.page.get_by_role("button", name="Bring this state back").click()
    ada.expect_text("first")
    zoe.expect_text("first")


def test_nothing_comes_from_a_third_party_and_nothing_runs_inline(guests: Guests, room_link: str) -> None:
    ada = guests("Ada")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    response = ada.page.goto(room_link)
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("style-src-attr")[0]
    ada.page.get_by_label("Your name").fill("<img src=x onerror=alert(1)>")
    ada.page.get_by_role("button", name="Enter the room").click()
    ada.type("x")
    ada.expect_saved()
    assert {urlsplit(url).hostname for url in asked if not url.startswith("data:")} == {"127.0.0.1"}
    assert not ada.errors


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_shuts_people_out(guests: Guests, room_link: str, scheme: str) -> None:
    ada = guests("Ada", color_scheme=scheme)
    ada.page.goto(room_link)
    expect(ada.page.get_by_label("Your name")).to_be_visible()
    ada.expect_no_violations()
    ada.enter(room_link)
    ada.insert("def café():\n    return 1")
    ada.expect_saved()
    guests("Zoë").enter(room_link)
    expect(ada.page.locator(".people")).to_contain_text("Zoë")
    ada.expect_no_violations()
    ada.screenshot(f"guest-page-{scheme}")
    for button in ("Invite", "History", "New file"):
        ada.page.get_by_role("button", name=button, exact=True).click()
        expect(ada.page.locator("dialog")).to_be_visible()
        ada.expect_no_violations()
        ada.page.keyboard.press("Escape")
        expect(ada.page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_text_and_opens_the_list_by_a_button(guests: Guests, room_link: str, scheme: str) -> None:
    ada = guests("Ada", viewport={"width": 390, "height": 780}, color_scheme=scheme).enter(room_link)
    expect(ada.page.locator("aside")).to_be_hidden()
    ada.page.get_by_role("button", name="Files").click()
    expect(ada.page.locator(".people")).to_contain_text("Ada (you)")
    ada.screenshot(f"guest-page-phone-{scheme}")
