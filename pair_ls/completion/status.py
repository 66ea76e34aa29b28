"""One line that a user understands: who completes, how it is, and why not. Pure."""

import enum
from dataclasses import dataclass

from pair_ls.completion.breaker import Failure, Pause
from pair_ls.completion.budget import Spent


class Health(enum.Enum):
    """As the editor shows it."""

    NORMAL = "Normal"
    WARNING = "Warning"
    ERROR = "Error"
    INACTIVE = "Inactive"


@dataclass(frozen=True, slots=True)
class CompletionStatus:
    """The line, how serious it is, and how much has been asked of the endpoint."""

    health: Health
    summary: str
    spent: Spent


def describe(
    *,
    model: str,
    has_endpoint: bool,
    is_looking: bool,
    reason_off: str,
    pause: Pause | None,
    seconds_left: float | None,
    clock: str,
    latency_seconds: float | None,
    spent: Spent,
    may_spend: bool,
) -> CompletionStatus:
    """`clock`: the local time at which the pause ends, as HH:MM, from the shell, which knows the wall clock."""
    if reason_off:
        return CompletionStatus(Health.INACTIVE, f"off for this file: {reason_off}; offline suggestions", spent)
    if not has_endpoint:
        return CompletionStatus(Health.NORMAL, "offline suggestions (no endpoint configured)", spent)
    name = model or "model"
    if pause is not None:
        return _paused(name, pause, seconds_left, clock, spent)
    use = f"{spent.minute}/{spent.per_minute} a minute, {spent.day}/{spent.per_day} a day"
    if is_looking:
        return CompletionStatus(
            Health.NORMAL, "offline suggestions; the endpoint is asked for its models when needed", spent
        )
    if not may_spend:
        return CompletionStatus(
            Health.WARNING,
            f"limit reached ({use}), offline suggestions",
            spent,
        )
    speed = f", {latency_seconds * 1000:.0f} ms" if latency_seconds is not None else ""
    return CompletionStatus(Health.NORMAL, f"{name} ok{speed} ({use})", spent)


def _paused(name: str, pause: Pause, seconds_left: float | None, clock: str, spent: Spent) -> CompletionStatus:
    match pause.failure:
        case Failure.REFUSED:
            return CompletionStatus(
                Health.ERROR,
                f"{name}: key refused, check OPENAI_API_KEY or the setting completion.key; offline suggestions",
                spent,
            )
        case Failure.NOT_INSTALLED:
            return CompletionStatus(
                Health.ERROR,
                "the package openai is not installed: pip install 'pair-ls[ai]', then restart; offline suggestions",
                spent,
            )
        case Failure.BUSY:
            return CompletionStatus(Health.WARNING, f"rate limited until {clock}, offline suggestions", spent)
        case Failure.UNREACHABLE:
            what = "endpoint not reachable"
        case Failure.TIMEOUT:
            what = "endpoint does not answer"
        case Failure.BROKEN:
            what = "endpoint fails" + (f" ({pause.reason})" if pause.reason else "")
    seconds = max(0, round(seconds_left or 0))
    return CompletionStatus(Health.WARNING, f"{what}, next try in {seconds} s, offline suggestions", spent)
