"""Invite links: read, written, refused."""

import pytest

from pair_ls.errors import InvalidInvite
from pair_ls.room.ids import RoomId
from pair_ls.room.invite import Link, format_link, parse_link


@pytest.mark.parametrize(
    "link",
    [
        Link("http://127.0.0.1:8000", RoomId("AbC_-9"), "ey.J0-_.x"),
        Link("https://hub.example", RoomId("AbC_-9"), None),
        Link("http://[::1]:8000", RoomId("x"), "t"),
    ],
)
def test_a_link_is_read_as_it_was_written(link: Link) -> None:
    assert parse_link(format_link(link)) == link
    assert parse_link(f"  {format_link(link)}\n") == link


def test_the_socket_of_a_room_has_the_scheme_of_its_hub() -> None:
    assert parse_link("http://localhost:8000/r/abc#t").socket_url == "ws://localhost:8000/ws/abc"
    assert parse_link("https://hub.example/r/abc/").socket_url == "wss://hub.example/ws/abc"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hub.example/r/abc",
        "ftp://hub.example/r/abc",
        "https:///r/abc",
        "https://hub.example/",
        "https://hub.example/r/",
        "https://hub.example/r/a/../b",
        "https://hub.example/x/r/abc",
        "https://hub.example/r/é😀",
        "https://ann@hub.example/r/abc",
        "https://hub.example/r/abc?token=secret",
        "https://hub.example:port/r/abc#secret",
        "https://hub.example/r/abc#sec ret",
        "https://[::1/r/abc#secret",
    ],
)
def test_what_is_no_link_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidInvite) as refused:
        parse_link(text)
    assert "secret" not in refused.value.message


def test_a_token_does_not_show_in_the_repr() -> None:
    assert "secret" not in repr(parse_link("https://hub.example/r/abc#secret"))
