"""Tokens of somebody else (a company's sign-on), by the keys that they publish (RFC 7517). Waits for the network."""

import jwt

from pair_ls.errors import InvalidInvite, SettingsError
from pair_ls.hub.tokens import LARGEST_TOKEN, LEEWAY_SECONDS, Claims
from pair_ls.room.role import Role

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Public keys only: with these nobody can pass a public key off as a shared secret."""
FETCH_SECONDS = 5


class OutsideIssuer:
    """Reads tokens of one issuer. They must have exp, iat, sub, and say `room` and `role`."""

    def __init__(self, *, jwks_url: str, issuer: str | None, audience: str) -> None:
        if not issuer:
            raise SettingsError("token_issuer must be set when token_jwks_url is: it says whose tokens are accepted.")
        if not jwks_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise SettingsError("token_jwks_url must begin with https://.")
        self._keys = jwt.PyJWKClient(jwks_url, timeout=FETCH_SECONDS)
        self._issuer = issuer
        self._audience = audience

    def read(self, token: str) -> Claims:
        """Blocks; call it in a thread. Raises InvalidInvite."""
        if len(token) > LARGEST_TOKEN:
            raise _refused()
        try:
            claims = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise _refused() from error
        match claims:
            case {"room": str(room_id), "role": "viewer" | "editor" | "owner" as role, "sub": str(subject)}:
                return Claims(room_id, Role(role), f"sub:{subject}", float(claims["exp"]), f"{self._issuer}|{subject}")
        raise _refused()


def is_outside(token: str) -> bool:
    """Whether a token says that it is signed with a public key; ours are not."""
    try:
        return jwt.get_unverified_header(token).get("alg") in ALGORITHMS
    except jwt.PyJWTError:
        return False


def _refused() -> InvalidInvite:
    return InvalidInvite("This token is not accepted. Sign in again where you got it.")
