"""Weighs candidates against each other and says how likely each is: a small network and a calibration. Pure.

The networks are fitted by bench/fit_offline.py (parameters in fitted.py). A network gives every candidate a number; a
fixed zero stands for "none of these". The share of a candidate in the exponentials is its raw probability, which
Platt's map (two numbers per number of typed characters) turns into the confidence that is shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from pair_ls.completion.stepwise import Steps

_SLICE_UNITS = 8


@dataclass(frozen=True, slots=True)
class Network:
    """direct . row + sum of out * max(0, weights . row + bias) over the hidden units + bias."""

    direct: tuple[float, ...]
    bias: float
    hidden: tuple[tuple[tuple[float, ...], float, float], ...]  # (weights, bias, out)

    def values(self, rows: Sequence[Sequence[float]], common: Sequence[float]) -> Steps[list[float]]:
        """One number per row; `common` are the last inputs, the same for all rows, so their part is worked out once."""
        size = len(self.direct) - len(common)
        values = [self.bias + _dot(self.direct[size:], common) + _dot(self.direct, row) for row in rows]
        for unit, (weights, bias, out) in enumerate(self.hidden):
            if not unit % _SLICE_UNITS:
                yield
            start = bias + _dot(weights[size:], common)
            for number, row in enumerate(rows):
                activation = start + _dot(weights, row)
                if activation > 0.0:
                    values[number] += out * activation
        return values


def _dot(weights: Sequence[float], row: Sequence[float]) -> float:
    """Over as many as the shorter has."""
    total: float = sum(map(mul, weights, row))
    return total


@dataclass(frozen=True, slots=True)
class Calibration:
    """p = sigmoid(slope * logit(raw) + shift), Platt 1999."""

    slope: float
    shift: float

    def confidence(self, raw: float) -> float:
        bounded = min(max(raw, 1e-6), 1.0 - 1e-6)
        return sigmoid(self.slope * math.log(bounded / (1.0 - bounded)) + self.shift)


def sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(value, -30.0), 30.0)))


def shares(network: Network, rows: Sequence[Sequence[float]], common: Sequence[float]) -> Steps[list[float]]:
    """The raw probability of each candidate; they add up to less than one."""
    values = yield from network.values(rows, common)
    highest = max(0.0, *values) if values else 0.0
    weights = [math.exp(value - highest) for value in values]
    total = sum(weights) + math.exp(-highest)
    return [weight / total for weight in weights]
