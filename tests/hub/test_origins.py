"""Which pages may use the hub."""

import pytest

from pair_ls.hub.origins import Origins

LOCAL = Origins(host="127.0.0.1", public_url=None)
PUBLIC = Origins(host="0.0.0.0", public_url="https://pair.example", allowed=["https://editor.example"])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_our_own_page_may(origin: str | None, host: str) -> None:
    assert LOCAL.is_allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("http://127.0.0.1", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000.evil.example", "127.0.0.1:8000"),
        ("http://evil.example:8000", "evil.example:8000"),
        ("null", "127.0.0.1:8000"),
        ("file://", "127.0.0.1:8000"),
        ("", ""),
        ("http://[", "["),
    ],
)
def test_a_page_of_others_may_not(origin: str, host: str) -> None:
    assert not LOCAL.is_allowed(origin, host)


def test_a_public_hub_serves_its_own_page_and_those_it_names() -> None:
    assert PUBLIC.is_allowed("https://pair.example", "pair.example")
    assert PUBLIC.is_allowed("https://editor.example", "pair.example")
    assert not PUBLIC.is_allowed("https://evil.example", "pair.example")
    assert PUBLIC.is_ours("anything.example")


def test_the_page_of_the_public_address_may_whatever_a_proxy_calls_us() -> None:
    for url in ("https://pair.example", "https://Pair.example:443/hub/"):
        behind_proxy = Origins(host="127.0.0.1", public_url=url)
        assert behind_proxy.is_allowed("https://pair.example", "127.0.0.1:8000")
        assert not behind_proxy.is_allowed("http://pair.example", "127.0.0.1:8000")
        assert not behind_proxy.is_allowed("https://pair.example:8443", "127.0.0.1:8000")


def test_a_local_hub_has_no_other_names() -> None:
    assert LOCAL.is_ours("localhost:8000")
    assert not LOCAL.is_ours("rebound.example:8000")
    assert not LOCAL.is_ours("")
    behind_proxy = Origins(host="127.0.0.1", public_url="https://pair.example")
    assert behind_proxy.is_ours("pair.example")
