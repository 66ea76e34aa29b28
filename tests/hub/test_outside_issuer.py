"""Tokens of a company's sign-on, by the keys it publishes."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pair_ls.errors import InvalidInvite, SettingsError
from pair_ls.hub.handshake import principal, principal_of_subject
from pair_ls.hub.outside_issuer import OutsideIssuer, is_outside
from pair_ls.hub.tokens import Tokens
from pair_ls.room.role import Role
from pair_ls.storage import InviteRecord

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def keys_url() -> Iterator[str]:
    """Where the issuer publishes its public key."""
    published = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key()))
    body = json.dumps({"keys": [{**published, "kid": "one", "use": "sig", "alg": "EdDSA"}]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - its name there
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()
        thread.join()


def signed(key: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": "sso", "aud": "pair-ls", "sub": "ada", "room": "r", "role": "editor", "iat": now, "exp": now + 60}
    claims.update(changes)
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(given, key, "EdDSA", headers={"kid": "one"})


def test_a_token_of_the_issuer_lets_in(keys_url: str) -> None:
    issuer = OutsideIssuer(jwks_url=keys_url, issuer="sso", audience="pair-ls")
    token = signed()
    assert is_outside(token)
    claims = issuer.read(token)
    assert (claims.room_id, claims.role, claims.subject) == ("r", Role.EDITOR, "sso|ada")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iss": "other"},
        {"aud": "other"},
        {"role": "admin"},
        {"room": None},
        {"key": OTHER_KEY},
    ],
)
def test_any_other_is_refused(keys_url: str, changes: dict[str, Any]) -> None:
    issuer = OutsideIssuer(jwks_url=keys_url, issuer="sso", audience="pair-ls")
    with pytest.raises(InvalidInvite):
        issuer.read(signed(**changes))


def test_nobody_is_taken_for_a_person_of_the_issuer_by_naming_them(keys_url: str) -> None:
    claims = OutsideIssuer(jwks_url=keys_url, issuer="sso", audience="pair-ls").read(signed())
    assert claims.subject is not None
    assert principal_of_subject(claims.subject) != principal(claims.subject)
    assert principal_of_subject(claims.subject).startswith("p:")


def test_a_public_key_is_no_shared_secret(keys_url: str) -> None:
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    forged = Tokens(public).issue(InviteRecord("i", "r", "owner", "x", 1.0, None))
    assert not is_outside(forged)
    with pytest.raises(InvalidInvite):
        OutsideIssuer(jwks_url=keys_url, issuer="sso", audience="pair-ls").read(forged)


def test_an_issuer_must_be_named_and_reached_safely() -> None:
    with pytest.raises(SettingsError, match="token_issuer"):
        OutsideIssuer(jwks_url="https://sso.example/keys", issuer=None, audience="pair-ls")
    with pytest.raises(SettingsError, match="token_jwks_url"):
        OutsideIssuer(jwks_url="http://sso.example/keys", issuer="sso", audience="pair-ls")
