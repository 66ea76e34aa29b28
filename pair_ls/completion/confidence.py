"""From a model's log-probabilities to a calibrated confidence. Pure.

The event is the same as for the offline model: the first line shown is what will stand there. The map is
sigmoid(slope * logit(chance of the line) + mean * mean log-probability + shift). Endpoints differ, so the parameters
can be set per model; the default trusts the endpoint's own probability, drawn a little to the middle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

NEUTRAL = 0.4  # an endpoint that gives no log-probabilities: the share of suggestions that users accept


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer with its natural log-probability."""

    text: str
    log_probability: float


@dataclass(frozen=True, slots=True)
class ModelCalibration:
    """Parameters of the map, for one model."""

    slope: float = 0.8
    mean: float = 0.0
    shift: float = 0.0


def model_confidence(shown: str, tokens: Sequence[Token], calibration: ModelCalibration = ModelCalibration()) -> float:
    """`shown` is the text that survived cleaning; only tokens of its first line count."""
    wanted = len(shown.split("\n", 1)[0])
    counted: list[float] = []
    for token in tokens:
        if wanted <= 0:
            break
        counted.append(token.log_probability)
        wanted -= len(token.text)
    if not counted:
        return NEUTRAL
    chance = min(max(math.exp(sum(counted)), 1e-4), 1.0 - 1e-4)
    mean = sum(counted) / len(counted)
    logit = calibration.slope * math.log(chance / (1.0 - chance)) + calibration.mean * mean + calibration.shift
    return 1.0 / (1.0 + math.exp(-min(max(logit, -30.0), 30.0)))
