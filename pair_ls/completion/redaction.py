"""Takes secrets out of text that leaves the machine or is logged. Pure.

Known shapes (keys of the large services, tokens, PEM blocks, passwords in URLs), assignments to names that speak of a
secret, and long random-looking values. What is taken out becomes `<redacted>`; lines stay where they are.
"""

import math
import re
from collections import Counter

PLACEHOLDER = "<redacted>"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"sk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic, OpenRouter
        r"(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}",  # Stripe
        r"whsec_[A-Za-z0-9+/=]{16,}",
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|AGPA|AROA|AIDA)[A-Z0-9]{16}",  # AWS
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
        r"glpat-[A-Za-z0-9_-]{16,}",
        r"xox[abprs]-[A-Za-z0-9-]{10,}",  # Slack
        r"https://hooks\.slack\.com/services/[A-Za-z0-9/]+",
        r"AIza[0-9A-Za-z_-]{30,}",  # Google
        r"ya29\.[0-9A-Za-z_-]{20,}",
        r"npm_[A-Za-z0-9]{30,}",
        r"pypi-[A-Za-z0-9_-]{20,}",
        r"hf_[A-Za-z0-9]{20,}",
        r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
        r"dop_v1_[a-f0-9]{40,}",
        r"AC[a-f0-9]{32}|SK[a-f0-9]{32}",  # Twilio
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}",  # Telegram
        r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",  # JWT
        r"AccountKey=[A-Za-z0-9+/=]{40,}",  # Azure
    )
)
_PEM = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)[A-Z ]*-----)(.*?)(-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
_PEM_REST = re.compile(r"\A((?:(?!-----BEGIN).)*?)(-----END [A-Z0-9 ]*-----)", re.DOTALL)  # begins inside a block
_KEY_LINE = re.compile(r"(?m)^([^\w+/=]{0,8})([A-Za-z0-9+/]{40,}={0,2})(?=[^\w+/=]{0,8}$|\\n)")  # only its middle
_URL_PASSWORD = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@'\"]*:)([^\s/@'\"]+)(@)")
_BEARER = re.compile(r"(?i)\b(bearer|basic|token)(\s+)([A-Za-z0-9+/_.=-]{12,})")
_NAMED = re.compile(
    r"(?i)([\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth[_-]?token"
    r"|access[_-]?token|client[_-]?secret|credential|(?:encryption|signing|storage|account)[_-]?key|key[_-]?data"
    r"|passphrase|(?<![A-Za-z])pass(?![\w.-]))[\w.-]*[\"']?\]?\s*(?:=>|:=|=|:)\s*)"
    r"(?:([\"'`])([^\"'`\n]{4,})(\2|$)|([^\s\"'`,;(){}\[\]]{6,}))",
    re.MULTILINE,  # $: a string that is still being typed
)
# Programs are full of tokens that are no secret: here the value must look like one.
_TOKEN = re.compile(
    r"(?i)([\w.-]*token[\"']?\]?\s*(?:=>|:=|=|:)\s*)(?:([\"'`])([^\"'`\s]{8,})(\2|$)|([^\s\"'`,;(){}\[\]]{8,}))",
    re.MULTILINE,
)
# A whole line of an environment file or a shell: no expression, whatever it looks like.
_ENVIRONMENT = re.compile(
    r"(?m)^(\s*(?:export\s+)?[A-Z0-9_]*(?:PASS|PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY)=)([^\s\"'`$(<][^\s\"'`$(){}\[\]]{3,})$"
)
_SPEAKS_OF_SECRETS = re.compile(r"(?i)pass|pwd|secret|key|token|credential")
_RANDOM = re.compile(r"([\"'`=]\s*)([A-Za-z0-9+/_=-]{24,})(?=[\"'`\s]|\Z)")
_LEAST_ENTROPY = 3.6
_LEAST_UNQUOTED_DIGITS = 1
_LEAST_TOKEN_DIGITS = 4  # of what could be a name: more than in sha256_of_it


def redact(text: str) -> str:
    """The text without what looks like a secret. The number of lines stays."""
    text = _without_key_blocks(text)
    for shape in _SHAPES:
        text = shape.sub(PLACEHOLDER, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\1{PLACEHOLDER}\3", text)
    text = _BEARER.sub(_bearer, text)
    if _SPEAKS_OF_SECRETS.search(text):
        text = _NAMED.sub(_named, text)
        text = _TOKEN.sub(_token, text)
        text = _ENVIRONMENT.sub(rf"\1{PLACEHOLDER}", text)
    return _RANDOM.sub(_random, _KEY_LINE.sub(_random, text))


def redact_around(before: str, after: str) -> tuple[str, str]:
    """The text on both sides of a cursor, which may stand inside a secret."""
    before, after = _without_key_blocks(before), _without_key_blocks(after)
    start, end = before.rfind("\n") + 1, after.find("\n") + 1 or len(after)
    whole, left, right = redact(before[start:] + after[:end]), redact(before[start:]), redact(after[:end])
    if whole != left + right:
        size = _common_end(whole, after[:end])
        left, right = whole[: len(whole) - size], whole[len(whole) - size :]
    return redact(before[:start]) + left, right + redact(after[end:])


def _without_key_blocks(text: str) -> str:
    """PEM blocks, also if the text begins or ends inside one."""
    if "-----END" in text:
        text = _PEM_REST.sub(lambda found: "\n" * found[1].count("\n") + PLACEHOLDER + found[2], text)
    return _PEM.sub(lambda found: found[1] + "\n" * found[2].count("\n") + PLACEHOLDER + found[3], text)


def _common_end(one: str, other: str) -> int:
    """How many characters both end with."""
    size = 0
    while size < min(len(one), len(other)) and one[-size - 1] == other[-size - 1]:
        size += 1
    return size


def _bearer(found: re.Match[str]) -> str:
    return found[1] + found[2] + PLACEHOLDER if any(c.isdigit() for c in found[3]) else found[0]


def _named(found: re.Match[str]) -> str:
    """`password = "x"` goes whatever it is; without quotes only what is no expression of the program."""
    if found[3] is not None:
        return found[0] if PLACEHOLDER in found[3] else f"{found[1]}{found[2]}{PLACEHOLDER}{found[4]}"
    value = found[5]
    looks_like_code = _may_be_a_name(value) and (_is_called(found) or _digits(value) < _LEAST_UNQUOTED_DIGITS)
    return found[0] if looks_like_code or PLACEHOLDER in value else found[1] + PLACEHOLDER


def _token(found: re.Match[str]) -> str:
    """`token = "k3y..."` goes if there are digits in it; without quotes if it is not the name of something."""
    value = found[3] or found[5]
    if PLACEHOLDER in value or not _digits(value):
        return found[0]
    if found[3] is not None:
        return f"{found[1]}{found[2]}{PLACEHOLDER}{found[4]}"
    looks_like_code = _may_be_a_name(value) and (_is_called(found) or _digits(value) < _LEAST_TOKEN_DIGITS)
    return found[0] if looks_like_code else found[1] + PLACEHOLDER


def _may_be_a_name(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z_][\w.]*", value) is not None


def _is_called(found: re.Match[str]) -> bool:
    return found.string[found.end() : found.end() + 1] in ("(", "[")


def _digits(value: str) -> int:
    return sum(character.isdigit() for character in value)


def _random(found: re.Match[str]) -> str:
    value = found[2]
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return found[1] + PLACEHOLDER if mixed and entropy(value) >= _LEAST_ENTROPY else found[0]


def entropy(value: str) -> float:
    """Bits per character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())
