"""Addresses, delays, and what the hub's refusals mean; the connection itself is tested in test_room.py."""

import random
from urllib.parse import parse_qs, urlsplit

import pytest

from pair_ls.errors import InvalidInvite, NotAllowed, UnknownRoom
from pair_ls.language_server.hub_connection import HubAddress, closing, refusal, retry_delay


def test_the_token_travels_in_a_header_and_not_in_the_url() -> None:
    address = HubAddress("https://hub.example/pair/", "r/é", "mine", "Zoë 😀 & co", color="#aabbcc", token="t.o.k")
    url = urlsplit(address.websocket_url)
    assert (url.scheme, url.netloc, url.path) == ("wss", "hub.example", "/pair/ws/r%2F%C3%A9")
    assert parse_qs(url.query) == {"participant": ["mine"], "name": ["Zoë 😀 & co"], "color": ["#aabbcc"]}
    assert address.headers == {"Authorization": "Bearer t.o.k"}


@pytest.mark.parametrize(
    ("url", "is_loopback"), [("http://127.0.0.1:1", True), ("http://[::1]:1", True), ("http://10.0.0.1", False)]
)
def test_no_proxy_stands_before_this_machine(url: str, is_loopback: bool) -> None:
    assert HubAddress(url, "r", "p", "n").is_loopback == is_loopback


def test_delays_grow_from_two_tenths_to_thirty_seconds_with_full_jitter() -> None:
    longest = [retry_delay(failures, lambda low, high: high) for failures in (0, 1, 4, 9, 1000)]
    assert longest == [0.2, 0.4, 3.2, 30.0, 30.0]
    pick = random.Random(1)
    drawn = [retry_delay(5, pick.uniform) for _ in range(200)]
    assert min(drawn) < 0.6
    assert max(drawn) > 6.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, UnknownRoom), (410, UnknownRoom), (401, NotAllowed), (403, NotAllowed), (426, InvalidInvite)],
)
def test_a_refused_handshake_is_not_tried_again(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        refusal(status)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_hub_that_cannot_now_is_tried_again(status: int) -> None:
    assert str(status) in refusal(status).reason


@pytest.mark.parametrize(
    ("code", "kind"),
    [(4401, NotAllowed), (4404, UnknownRoom), (4410, NotAllowed), (4411, UnknownRoom), (4415, NotAllowed)],
)
def test_some_close_codes_are_for_good(code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="removed you"):
        closing(code, "The owner has removed you.")


@pytest.mark.parametrize("code", [None, 1000, 1006, 1012, 4400, 4408, 4429])
def test_after_others_the_way_back_is_tried(code: int | None) -> None:
    assert closing(code, None).reason


def test_the_hub_may_say_when_to_come_back() -> None:
    assert closing(1012, "2.5").retry_after == 2.5
    assert closing(1012, "soon").retry_after == closing(1006, "2.5").retry_after == 0
    assert closing(1012, "1e9").retry_after == 30
    assert refusal(503, "7").retry_after == 7
