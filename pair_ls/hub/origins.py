"""Which web pages may talk to this hub: pure. Others' pages must not reach a local hub through a visitor's browser."""

from collections.abc import Collection
from urllib.parse import urlsplit

from pair_ls.settings import is_loopback


class Origins:
    """The hub's own addresses, as browsers name them."""

    def __init__(self, *, host: str, public_url: str | None, allowed: Collection[str] = ()) -> None:
        self._is_local = is_loopback(host)
        self._public = urlsplit(public_url or "")
        own = [_origin_of(public_url)] if public_url else []  # also where a proxy calls us by another name
        self._allowed = frozenset([*own, *(each.rstrip("/").lower() for each in allowed)])

    def is_allowed(self, origin: str | None, host: str) -> bool:
        """Whether a page of `origin` may connect to us under the name `host`. No origin: not a browser."""
        if origin is None:
            return True
        if origin.lower() in self._allowed:
            return True
        try:
            page = urlsplit(origin.lower())
        except ValueError:
            return False
        return page.scheme in ("http", "https") and page.netloc == host.lower() and self.is_ours(host)

    def is_ours(self, host: str) -> bool:
        """Whether we are called `host`. A hub for this machine only must not be reached under a stranger's name, which
        may point here (DNS rebinding)."""
        if not self._is_local:
            return True
        try:
            name = urlsplit(f"//{host.lower()}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or name == (self._public.hostname or "").lower() != ""


def _origin_of(url: str) -> str:
    """As a browser names it: without the port that the scheme has anyway."""
    parts = urlsplit(url.lower())
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"
