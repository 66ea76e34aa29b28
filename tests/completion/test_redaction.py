"""Secrets go, code stays."""

import pytest

from pair_ls.completion.redaction import redact
from tests.completion.secrets import SECRETS


@pytest.mark.parametrize(("kind", "line", "secret"), SECRETS, ids=[kind for kind, _, _ in SECRETS])
def test_secret_is_taken_out_and_the_lines_stay(kind: str, line: str, secret: str) -> None:
    text = f"import os\n{line}\nprint('é😀')\n"
    shown = redact(text)
    assert secret not in shown
    assert shown.count("\n") == text.count("\n")
    assert shown.startswith("import os\n")
    assert shown.endswith("print('é😀')\n")
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "code",
    [
        "password = get_password()", "self.password = password", "def login(password: str) -> None:",
        "token = tokens[0]",
        "if secret is None:", "api_key = settings.api_key", "secret_key: str", "x = 'a sentence of some words'", "",
        "é = '😀'",
        "https://example.com/path?q=1", "commit = 'main'", "hash = compute_hash_of_everything_in_here()",
        "token: Token",
        "'abcdefghijklmnopqrstuvwxyz'", "from package.subpackage.module import ThingThatIsLong", "keys = ['a', 'b']",
        "access_token = response.json()['access_token']", "passwordless = True",
    ],
)  # fmt: skip
def test_code_stays(code: str) -> None:
    assert redact(code) == code
