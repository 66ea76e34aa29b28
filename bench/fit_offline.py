"""Fits the ranker and the calibration of the offline model and writes pair_ls/completion/learned/fitted.py.

    uv run --with numpy python -m bench.fit_offline --corpus DIR [--corpus DIR ...]

Learns from the dev groups of the standard library and from every folder below the corpora (one workspace each; any
public source tree will do, the committed parameters come from about seventy). One fold of the groups serves for the
calibration, which is taken from networks that have not seen it; the networks that are written have seen all of it.
numpy is needed here only: the product evaluates the networks in plain Python.
"""

import argparse
import random
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.source_trees import Target, Workspace, source_trees, standard_library, targets
from pair_ls.completion.learned.model import LearnedModel, Spot

SEED = 20240607
OUTPUT = Path(__file__).parent.parent / "pair_ls" / "completion" / "learned" / "fitted.py"
FOLDS = 5
HIDDEN = {"names": 24, "lines": 16}
LINE_EPOCHS = 2  # times those of the names: there are fewer questions
CAUTION = 0.15  # taken off a line's logit: a wrong line costs its reader more than a missing one
Array = Any  # numpy arrays: the library is not installed where the types are checked


@dataclass(frozen=True, slots=True)
class Question:
    """Rows of the candidates, which of them are right, and the group and number of typed characters for the splits."""

    group: str
    is_line: bool
    typed: int
    rows: Array
    right: Array


def questions(workspaces: list[Workspace], names: int, per_file: int) -> Iterator[Question]:
    dice = random.Random(SEED)
    for workspace in workspaces:
        found = targets(workspace, dice, names=names, lines=names // 2, per_file=per_file)
        model = LearnedModel()
        for source in workspace.sources:
            _index(model, source.path, source.language_id, source.text)
        for path in dict.fromkeys(target.source.path for target in found):
            for target in [target for target in found if target.source.path == path]:
                yield from _ask(model, workspace.name.split("/")[0], target, dice)
            source = target.source
            model.close(path)
            _index(model, path, source.language_id, source.text)


def _index(model: LearnedModel, path: str, language_id: str, text: str) -> None:
    for _ in model.index(path, language_id, text):
        pass


def _ask(model: LearnedModel, group: str, target: Target, dice: random.Random) -> Iterator[Question]:
    source = target.source
    text = source.text
    before, wanted, after = text[: target.start], text[target.start : target.end], text[target.end :]
    if not target.is_line and dice.random() < 0.3:
        after = after[after.find("\n") :] if "\n" in after else ""  # typing at the end of a line
    if not model.is_open(source.path):
        model.open(source.path, source.language_id, before + after)
    model.set_text(source.path, before + after)
    column = len(before) - before.rfind("\n") - 1
    spot = Spot(source.path, before.count("\n"), column, column)
    if target.is_line:
        texts, rows = model.line_rows(spot)
        yield _question(group, True, 0, rows, ["".join(text.split()) == "".join(wanted.split()) for text in texts])
        return
    for typed in (0, dice.choice((1, 1, 2, 3))):
        if len(wanted) > typed:
            texts, rows = model.identifier_rows(spot, wanted[:typed])
            yield _question(group, False, typed, rows, [text == wanted for text in texts])


def _question(group: str, is_line: bool, typed: int, rows: list[list[float]], right: list[bool]) -> Question:
    return Question(group, is_line, typed, np.array(rows, np.float16), np.array(right, bool))


@dataclass(slots=True)
class Fit:
    """A network in normalised units, with what is needed to put it back into raw ones."""

    weights: dict[str, Array]
    mean: Array
    deviation: Array

    def shares(self, rows: Array) -> Array:
        if not len(rows):
            return np.zeros(0)
        row = (rows.astype(np.float32) - self.mean) / self.deviation
        values = _forward(self.weights, row)[0]
        weights = np.exp(values - max(values.max(), 0.0))
        return weights / (weights.sum() + np.exp(-max(values.max(), 0.0)))


def _forward(weights: dict[str, Array], rows: Array) -> tuple[Array, Array]:
    hidden = np.maximum(rows @ weights["in"] + weights["in_bias"], 0)
    return rows @ weights["direct"] + hidden @ weights["out"] + weights["bias"], hidden


def fit(found: list[Question], hidden: int, *, epochs: int, rate: float = 3e-3, decay: float = 1e-3) -> Fit:
    """Adam on the cross entropy of "which candidate is right, or none"."""
    most = max(len(question.rows) for question in found)
    width = next(question.rows.shape[1] for question in found if len(question.rows))
    rows = np.zeros((len(found), most, width), np.float32)
    present = np.zeros((len(found), most), bool)
    wanted = np.zeros((len(found), most + 1), np.float32)
    for number, question in enumerate(found):
        size = len(question.rows)
        if size:
            rows[number, :size], present[number, :size] = question.rows, True
            wanted[number, :size] = question.right
        wanted[number, most] = not question.right.any()
    wanted /= wanted.sum(1, keepdims=True)
    mean, deviation = rows[present].mean(0), rows[present].std(0) + 1e-3
    rows -= mean
    rows /= deviation
    dice = np.random.RandomState(SEED % 1000)
    weights = {
        "direct": np.zeros(width, np.float32), "bias": np.zeros(1, np.float32),
        "in": (dice.randn(width, hidden) / np.sqrt(width)).astype(np.float32), "in_bias": np.zeros(hidden, np.float32),
        "out": (dice.randn(hidden) * 0.1).astype(np.float32),
    }  # fmt: skip
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    step = 0
    for epoch in range(epochs):
        pace = rate * 0.5 * (1 + np.cos(np.pi * epoch / epochs)) + 1e-5
        order = dice.permutation(len(found))
        for start in range(0, len(order), 128):
            batch = order[start : start + 128]
            step += 1
            for name, slope in _slopes(weights, rows[batch], present[batch], wanted[batch], decay).items():
                first[name] = 0.9 * first[name] + 0.1 * slope
                second[name] = 0.999 * second[name] + 0.001 * slope**2
                size = np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8
                weights[name] = weights[name] - pace * (first[name] / (1 - 0.9**step)) / size
    return Fit(weights, mean, deviation)


def _slopes(weights: dict[str, Array], rows: Array, present: Array, wanted: Array, decay: float) -> dict[str, Array]:
    values, hidden = _forward(weights, rows)
    values = np.concatenate([np.where(present, values, -1e9), np.zeros((len(rows), 1), np.float32)], 1)
    values -= values.max(1, keepdims=True)
    chances = np.exp(values)
    chances /= chances.sum(1, keepdims=True)
    error = ((chances - wanted) / len(rows))[:, :-1].astype(np.float32)
    inner = error[:, :, None] * weights["out"] * (hidden > 0)
    return {
        "direct": np.einsum("bk,bkf->f", error, rows) + decay * weights["direct"],
        "bias": error.sum().reshape(1),
        "in": np.tensordot(rows, inner, axes=([0, 1], [0, 1])) + decay * weights["in"],
        "in_bias": inner.sum((0, 1)),
        "out": np.einsum("bk,bkh->h", error, hidden) + decay * weights["out"],
    }


def best_of(network: Fit, found: list[Question]) -> list[tuple[float, bool]]:
    """(share, whether right) of the first candidate of each question that has one."""
    pairs = []
    for question in found:
        if len(question.rows):
            shares = network.shares(question.rows)
            pairs.append((float(shares.max()), bool(question.right[shares.argmax()])))
    return pairs


def platt(pairs: list[tuple[float, bool]]) -> tuple[float, float]:
    """Newton's method on the two parameters, with Platt's smoothed targets."""
    raw = np.clip(np.array([share for share, _ in pairs]), 1e-6, 1 - 1e-6)
    right = np.array([right for _, right in pairs], float)
    target = np.where(right > 0, (right.sum() + 1) / (right.sum() + 2), 1 / ((1 - right).sum() + 2))
    design = np.stack([np.log(raw / (1 - raw)), np.ones(len(raw))], 1)
    found = np.array([1.0, 0.0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (chance - target)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        found = found - np.linalg.solve(curve, slope)
    return float(found[0]), float(found[1])


def report(name: str, pairs: list[tuple[float, bool]], total: int) -> None:
    right = sum(right for _, right in pairs)
    sure = [right for share, right in pairs if share >= 0.5]
    share = sum(sure) / max(1, len(sure))
    said = f"{total} questions, first right {right / total:.3f}, offered at 0.5: {len(sure) / total:.3f}"
    print(f"{name}: {said}, right {share:.3f}", flush=True)


def _source_of(name: str, network: Fit) -> str:
    """The network in raw units, as Python source."""
    weights = network.weights
    scale = 1.0 / network.deviation
    direct = weights["direct"] * scale
    bias = float(weights["bias"][0] - (weights["direct"] * scale * network.mean).sum())
    inner = weights["in"] * scale[:, None]
    inner_bias = weights["in_bias"] - (network.mean[:, None] * inner).sum(0)
    hidden = "".join(
        f"        (({_numbers(inner[:, unit])}), {inner_bias[unit]:.5g}, {weights['out'][unit]:.5g}),\n"
        for unit in range(inner.shape[1])
    )
    return f"{name} = Network(\n    ({_numbers(direct)}),\n    {bias:.5g},\n    (\n{hidden}    ),\n)\n"


def _numbers(values: Array) -> str:
    return " ".join(f"{float(value):.5g}," for value in values)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--corpus", action="append", default=[], help="a folder of source trees")
    arguments.add_argument("--names", type=int, default=400, help="names asked for per workspace")
    arguments.add_argument("--epochs", type=int, default=16)
    options = arguments.parse_args()
    workspaces = standard_library(dev=True)
    for root in options.corpus:
        workspaces += source_trees(root)
    started = time.monotonic()
    name_questions: list[Question] = []
    line_questions: list[Question] = []
    for question in questions(workspaces, options.names, 10):
        (line_questions if question.is_line else name_questions).append(question)
    print(f"{len(workspaces)} workspaces; questions: {len(name_questions)} for names, {len(line_questions)} for lines; "
          f"{time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
    parts = []
    calibrations: dict[int, tuple[float, float]] = {}
    for name, found, hidden, epochs in (
        ("UNTYPED", [q for q in name_questions if not q.typed], HIDDEN["names"], options.epochs),
        ("TYPED", [q for q in name_questions if q.typed], HIDDEN["names"], options.epochs),
        ("LINES", line_questions, HIDDEN["lines"], options.epochs * LINE_EPOCHS),
    ):
        unseen = [q for q in found if zlib.crc32(q.group.encode()) % FOLDS == 0]
        seen = [q for q in found if zlib.crc32(q.group.encode()) % FOLDS]
        network = fit(seen, hidden, epochs=epochs)
        for typed in sorted({q.typed for q in unseen}):
            asked = [q for q in unseen if q.typed == typed]
            pairs = best_of(network, asked)
            report(f"{name} {typed} typed", pairs, len(asked))
            calibrations[typed if name != "LINES" else -1] = platt(pairs)
        parts.append(_source_of(name, fit(found, hidden, epochs=epochs)))
    print(calibrations)
    names = ", ".join(f"Calibration({a:.4f}, {b:.4f})" for a, b in (calibrations[n] for n in range(4)))
    line = f"Calibration({calibrations[-1][0]:.4f}, {calibrations[-1][1] - CAUTION:.4f})"
    OUTPUT.write_text(
        '"""Parameters of the offline model, written by bench/fit_offline.py: do not edit.\n\n'
        "Inputs: NAMES in features.py and lines.py. Calibrations go by typed characters (0, 1, 2, 3 and more).\n"
        '"""\n\n'
        "# ruff: noqa: E501\n# fmt: off\n\n"
        "from pair_ls.completion.learned.ranker import Calibration, Network\n\n"
        + "".join(parts)
        + f"CALIBRATIONS = ({names})\nLINE_CALIBRATION = {line}\n"
        "PATTERN_NAME = 0.1\nPATTERN_LINE = 0.3\n"
    )  # fmt: skip


if __name__ == "__main__":
    main()
