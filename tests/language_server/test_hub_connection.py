"""Addresses, delays, and what the hub's refusals mean; the connection itself is tested in test_room.py."""

import random
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from pair_ls.errors import InvalidInvite, NotAllowed, PairError, UnknownRoom
from pair_ls.language_server.hub_connection import HubAddress, HubConnection, closing, refusal, retry_delay
from tests.language_server.room_server import ROOM_ID, RoomServer
from tests.support.json_rpc import until


class Heard:
    """A listener that fails at the first connection, if it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.connections = 0
        self.refusals: list[PairError] = []

    def hub_connected(self) -> None:
        self.connections += 1
        if self.fails and self.connections == 1:
            raise RuntimeError("text of somebody")

    def hub_frame(self, frame: bytes) -> None:
        pass

    def hub_lost(self, *, was_connected: bool) -> None:
        pass

    def hub_refused(self, error: PairError) -> None:
        self.refusals.append(error)


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


@pytest.mark.parametrize(
    ("hub_url", "proxy", "code", "sentence"),
    [
        ("http://hub.invalid", ("socks_proxy", "socks5://user:pass@127.0.0.1:9"), "bad-setting", "python-socks"),
        ("http://hub.invalid", ("http_proxy", "user:pass"), "bad-setting", "The proxy"),
        ("http://hub.invalid", ("http_proxy", "http://user:pass@a..b"), "bad-setting", "The proxy"),
        ("http://a..b", None, "invalid-invite", "http://a..b cannot be used"),
        ("http://[::1", None, "invalid-invite", r"http://\[::1 cannot be used"),
        ("http://hub.invalid:99999", None, "invalid-invite", "cannot be used"),
        ("localhost:8000", None, "invalid-invite", "localhost:8000 cannot be used"),
    ],
)
async def test_an_address_or_a_proxy_that_cannot_be_used_is_told_without_secrets(
    monkeypatch: pytest.MonkeyPatch, hub_url: str, proxy: tuple[str, str] | None, code: str, sentence: str
) -> None:
    for name in ("ws_proxy", "socks_proxy", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    if proxy is not None:
        monkeypatch.setenv(*proxy)
    heard = Heard()
    connection = HubConnection(HubAddress(hub_url, "room", "SECRET", "ada", token="t.o.k"), heard)
    connection.start()
    await until(lambda: bool(heard.refusals), what="a refusal")
    await connection.stop()
    (error,) = heard.refusals
    assert error.code == code
    assert re.search(sentence, error.message)
    assert not any(secret in error.message for secret in ("SECRET", "t.o.k", "pass"))


async def test_after_a_bug_of_ours_the_way_back_is_tried_and_the_log_tells_the_place_only(
    hub: RoomServer, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard(fails=True)
    connection = HubConnection(HubAddress(hub.url, ROOM_ID, "mine", "ada"), heard)
    connection.start()
    await until(lambda: heard.connections == 2, what="the second connection")
    await connection.stop()
    (told,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.exc_info is not None
    assert "text of somebody" not in told.getMessage()
