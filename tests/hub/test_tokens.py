"""Invites are accepted only if this hub made them, for what it made them."""

import base64
import hashlib
import hmac
import json
import stat
import time
from pathlib import Path

import jwt
import pytest

from pair_ls.errors import InvalidInvite, SettingsError
from pair_ls.hub.tokens import Tokens, signing_key
from pair_ls.room.role import Role
from pair_ls.storage import InviteRecord

KEY = bytes(range(48))
NOW = time.time()
CLAIMS = {"iss": "pair-ls", "aud": "pair-ls", "jti": "i", "room": "r", "role": "editor", "iat": int(NOW)}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims: object, header: object = None, key: bytes = KEY) -> str:
    """By hand: PyJWT would not make most of these."""
    head = f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}"
    digest = hmac.new(key, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def test_an_invite_comes_back_as_it_was_issued() -> None:
    tokens = Tokens(KEY)
    claims = tokens.read(tokens.issue(InviteRecord("i", "r", "viewer", "p:a", NOW, NOW + 3600)))
    assert (claims.room_id, claims.role, claims.invite_id, claims.expires_at) == (
        "r",
        Role.VIEWER,
        "i",
        int(NOW + 3600),
    )
    assert tokens.read(tokens.issue(InviteRecord("i", "r", "owner", "p:a", NOW, None))).expires_at is None


def test_the_hand_made_token_of_these_tests_would_be_good() -> None:
    assert Tokens(KEY).read(signed(CLAIMS)).invite_id == "i"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "é.é.é",
        "a" * 9000,
        f"{part({'alg': 'none'})}.{part(CLAIMS)}.",
        f"{part({'alg': 'nOnE'})}.{part(CLAIMS)}.",
        f"{part({'alg': ['HS256']})}.{part(CLAIMS)}.x",
        signed(CLAIMS, {"alg": "HS512", "typ": "JWT"}),
        signed(CLAIMS, {"alg": "HS256", "crit": ["x"], "x": 1}),
        signed(CLAIMS, {"alg": "HS256", "b64": False, "crit": ["b64"]}),
        signed(CLAIMS, key=b"another key that is long enough for it"),
        signed({**CLAIMS, "exp": int(NOW) - 60}),
        signed({**CLAIMS, "exp": "NaN"}),
        signed({**CLAIMS, "nbf": int(NOW) + 86_400}),
        signed({**CLAIMS, "iat": int(NOW) + 86_400}),
        signed({**CLAIMS, "aud": "other"}),
        signed({**CLAIMS, "iss": "evil"}),
        signed({**CLAIMS, "iss": ["pair-ls"]}),
        signed({**CLAIMS, "role": "admin"}),
        signed({**CLAIMS, "role": 3}),
        signed({**CLAIMS, "room": None}),
        signed({name: value for name, value in CLAIMS.items() if name != "jti"}),
        signed([1, 2]),
        jwt.encode(CLAIMS, KEY, "HS384"),
    ],
)
def test_any_other_token_is_refused_in_a_sentence_without_it(token: str) -> None:
    with pytest.raises(InvalidInvite) as refused:
        Tokens(KEY).read(token)
    assert "Ask the room's owner" in refused.value.message
    assert not token or token not in refused.value.message


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = signing_key(tmp_path / "data", None)
    assert len(key) >= 32
    assert signing_key(tmp_path / "data", None) == key
    assert stat.S_IMODE((tmp_path / "data" / "signing.key").stat().st_mode) == 0o600
    assert signing_key(tmp_path / "other", None) != key


def test_a_short_key_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="signing_key"):
        signing_key(tmp_path, "short")
