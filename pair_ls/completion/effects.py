"""What the completion core asks its shell to do: frozen values, carried out in order. Pure."""

from dataclasses import dataclass
from typing import NewType

from pair_ls.completion.candidate import Candidate
from pair_ls.completion.request import Request, RequestId

FlightId = NewType("FlightId", int)


@dataclass(frozen=True, slots=True)
class Answer:
    """The one answer of a request; `is_incomplete`: ask again at the next key, there may be more by then."""

    request_id: RequestId
    candidates: tuple[Candidate, ...]
    is_incomplete: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The one answer of a request that its client took back."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class StartFlight:
    """Ask the endpoint what `Completions.prompting` says; hand every piece to `received`, the end to `landed` or
    `failed`."""

    flight_id: FlightId
    request: Request


@dataclass(frozen=True, slots=True)
class StopFlight:
    """Close this flight's connection at once. Nothing more is wanted from it."""

    flight_id: FlightId


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call `tick` at this time; replaces the wish before it."""

    time: float


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The status line may have changed: ask for it."""


Effect = Answer | Cancelled | StartFlight | StopFlight | WakeAt | StatusChanged
