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
        "token = next(tokens)", "token = base64.b64encode(raw)", "secret = base64.b64encode(raw)", "token = token_v2",
        'token = "identifier"', 'tokenizer = "bert-base-2023"', 'bypass = "the 2nd way"', "primary_key = user_id",
        "TOKEN=$(pass show x)", 'key = "name1234"', "token=token2_value", "def pass_on(x): pass",
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


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("SLACK_BOT_TOKEN=abc123def456", "abc123def456"),
        ("DB_PASS=s3cr3tvalue99", "s3cr3tvalue99"),
        ("export PASS=correcthorse", "correcthorse"),
        ("DISCORD_TOKEN=MTk4NjIyNDgz.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "MTk4NjIyNDgz"),
        ('API_TOKEN = "a1b2c3d4e5f6"', "a1b2c3d4e5f6"),
        ('token = "hunter2hunter2"', "hunter2hunter2"),
        ('passphrase = "correct horse battery"', "horse"),
        ('signing_key = "abcd1234"', "abcd1234"),
        ('os.environ["API_KEY"] = "abc12345"', "abc12345"),
        ("GITHUB_TOKEN: 8f14e45fceea167a5a36dedd4bea2543", "8f14e45fceea167a5a36dedd4bea2543"),
        ("  client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ"),
        ("AZURE_STORAGE_KEY=Zm9vYmFyYmF6cXV4Zm9vYmFyYg==", "Zm9vYmFyYmF6cXV4Zm9vYmFyYg"),
    ],
)
def test_what_a_name_says_is_a_secret_is_one(line: str, secret: str) -> None:
    assert secret not in redact(f"a = 1\n{line}\nb = 2\n")
