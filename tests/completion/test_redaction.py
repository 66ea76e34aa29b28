"""Secrets go, code stays."""

import pytest

from pair_ls.completion.redaction import PLACEHOLDER, redact, redact_around
from tests.completion.secrets import LETTERS, SECRETS


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


@pytest.mark.parametrize(("kind", "line", "secret"), SECRETS, ids=[kind for kind, _, _ in SECRETS])
def test_a_secret_with_the_cursor_in_it_is_taken_out_on_both_sides(kind: str, line: str, secret: str) -> None:
    text = f"import os\n{line}\nprint('é😀')\n"
    start = text.index(secret)
    for at in range(start + 1, start + len(secret)):
        before, after = redact_around(text[:at], text[at:])
        shown = before + after
        assert secret[: at - start] not in shown or at - start < 8, (kind, at - start)
        assert secret[at - start :] not in shown or len(secret) - (at - start) < 8, (kind, at - start)
        assert shown.count("\n") == text.count("\n")


def test_code_around_a_cursor_stays() -> None:
    code = "def login(password: str) -> None:\n    self.password = password\n"
    for at in range(len(code) + 1):
        assert redact_around(code[:at], code[at:]) == (code[:at], code[at:])


def test_a_password_that_is_being_typed_is_taken_out() -> None:
    assert redact('password = "Hunter2Ti') == f'password = "{PLACEHOLDER}'
    assert redact_around('password = "Hunter2Ti', 'ger"\n') == (f'password = "{PLACEHOLDER}', '"\n')


def test_a_piece_of_a_key_is_taken_out_wherever_it_was_cut() -> None:
    body = "\n".join(f"{LETTERS}{number:02}{LETTERS}abcdefghij{LETTERS}"[:64] for number in range(20))
    lines = f"a = 1\n-----BEGIN RSA PRIVATE KEY-----\n{body}\nZx9Kd8==\n-----END RSA PRIVATE KEY-----\nb = 2".split(
        "\n"
    )
    for start in range(len(lines)):
        for end in (start + 3, start + 8, len(lines)):
            assert LETTERS not in redact("\n".join(lines[start:end]))
    assert redact("\n".join(lines)).startswith("a = 1\n")
    assert redact("\n".join(lines)).endswith("\nb = 2")
