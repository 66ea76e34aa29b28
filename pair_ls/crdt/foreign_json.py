"""JSON from outside, as we can always write it again: as UTF-8, by any parser's rules, however deep our calls are."""

import json
import math
from typing import Any, NoReturn

from pair_ls.text import replace_lone_surrogates

_MOST_LEVELS = 32


def parse_foreign_json(text: str) -> Any:  # JSON
    """Raises ValueError. Half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD."""
    try:
        value = _load(text)
        if not _is_shallow(value):
            raise ValueError("the JSON is nested too deeply")
        if "\\u" in text:  # only an escape can spell half a pair
            value = _load(replace_lone_surrogates(json.dumps(value, ensure_ascii=False)))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    return value


def _load(text: str) -> Any:
    return json.loads(text, parse_float=_finite, parse_constant=_refuse_constant)


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(_MOST_LEVELS):
        containers = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        level = [child for container in containers for child in container]
    return not level


def _finite(spelled: str) -> float:
    number = float(spelled)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
