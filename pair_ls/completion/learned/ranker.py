"""Weighs candidates against each other and says how likely each is: a small network and a calibration. Pure.

The networks are fitted by bench/fit_offline.py (parameters in fitted.py). A network gives every candidate a number; a
fixed zero stands for "none of these". The share of a candidate in the exponentials is its raw probability, which
Platt's map (two numbers per number of typed characters) turns into the confidence that is shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul


@dataclass(frozen=True, slots=True)
class Network:
    """direct . row + sum of out * max(0, weights . row + bias) over the hidden units + bias."""

    direct: tuple[float, ...]
    bias: float
    hidden: tuple[tuple[tuple[float, ...], float, float], ...]  # (weights, bias, out)

    def value(self, row: Sequence[float]) -> float:
        total: float = self.bias + sum(map(mul, self.direct, row))
        for weights, bias, out in self.hidden:
            activation = bias + sum(map(mul, weights, row))
            if activation > 0.0:
                total += out * activation
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


def shares(network: Network, rows: Sequence[Sequence[float]]) -> list[float]:
    """The raw probability of each candidate; they add up to less than one."""
    values = [network.value(row) for row in rows]
    highest = max(0.0, *values) if values else 0.0
    weights = [math.exp(value - highest) for value in values]
    total = sum(weights) + math.exp(-highest)
    return [weight / total for weight in weights]
