"""How good, quick, small and honest the offline model is, on code that it has not been fitted on.

    python -m bench.offline_eval --corpus DIR [--seed N] [--end-of-line] [--count workspaces]

Names: one is taken out of a file; the model knows the text around it and the other files, and is asked with 0 to 3
typed characters. Rests of lines: everything behind some token is taken out. Saved keystrokes: in a menu the name costs
its rank among the first five, as ghost text one key. The standard library's modules that the fit did not see are
always used.

By default each language has a fixed number of places (`PLACES`), drawn from its files wherever they are: large and
small workspaces as they come. `--count workspaces` asks as often in each workspace: small ones, which have little to
learn from, count more, and the figures are lower. `ece_chance` is what the calibration error would be on average if
every confidence were exact: with few places it is not zero, and an error near it says nothing.
`--completer MODULE:CLASS` measures another completer with the interface of `bench.offline_adapter:Learned`.
"""

import argparse
import importlib
import json
import os
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.source_trees import Source, Target, Workspace, source_trees, standard_library, targets, targets_by_language
from pair_ls.completion.learned.model import LearnedModel

TYPED = 4
MENU = 5
DEPTH = 20
BINS = 15
PLACES = {"python": 800, "typescript": 450, "rust": 450, "javascript": 150, "go": 150}


@dataclass
class Measured:
    """Ranks (0: not found) by typed characters, confidences with outcomes, and CPU seconds of this thread."""

    ranks: list[list[int]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    names: list[list[tuple[float, bool]]] = field(default_factory=lambda: [[] for _ in range(TYPED)])
    lines: list[tuple[float, bool]] = field(default_factory=list)
    line_count: int = 0
    times: dict[str, list[float]] = field(default_factory=lambda: {"name": [], "line": [], "sync": []})
    index_seconds: float = 0.0
    index_characters: int = 0
    languages: list[str] = field(default_factory=list)  # of each name
    line_languages: list[str] = field(default_factory=list)  # of each rest of line, and
    line_outcomes: list[bool] = field(default_factory=list)  # whether it was right


def measure(workspaces: Sequence[Workspace], make: Callable[[], Any], options: argparse.Namespace) -> Measured:
    """Asks all questions. `make` gives a completer, whose class is named on the command line, hence Any."""
    measured = Measured()
    chosen = _choose(workspaces, options)
    for workspace in workspaces:
        found = chosen.get(workspace.name, [])
        if not found:
            continue
        completer = make()
        started = time.thread_time()
        for source in workspace.sources:
            completer.add_file(source.path, source.text, source.language_id)
        measured.index_seconds += time.thread_time() - started
        measured.index_characters += sum(len(source.text) for source in workspace.sources)
        for path in dict.fromkeys(target.source.path for target in found):
            completer.remove_file(path)
            source = _questions(
                completer, [target for target in found if target.source.path == path], measured, options
            )
            completer.add_file(path, source.text, source.language_id)
    return measured


def _choose(workspaces: Sequence[Workspace], options: argparse.Namespace) -> dict[str, list[Target]]:
    dice = random.Random(options.seed)
    if options.count == "languages":
        wanted = {language: int(count * options.scale) for language, count in PLACES.items()}
        return targets_by_language(workspaces, dice, wanted, per_file=8)
    return {
        workspace.name: targets(workspace, dice, names=options.names, lines=options.names // 2, per_file=8)
        for workspace in workspaces
    }


def _questions(completer: Any, found: Sequence[Target], measured: Measured, options: argparse.Namespace) -> Source:
    for target in found:
        source = target.source
        before, wanted = source.text[: target.start], source.text[target.start : target.end]
        after = source.text[target.end :]
        if options.end_of_line and not target.is_line:
            after = after[after.find("\n") :] if "\n" in after else ""
        _timed(measured, "sync", completer.set_document, source.path, source.language_id, before, after)
        if target.is_line:
            measured.line_languages.append(source.language_id)
            measured.line_outcomes.append(_line(completer, wanted, measured))
        else:
            measured.languages.append(source.language_id)
            _name(completer, wanted, measured)
    return found[0].source


def _name(completer: Any, wanted: str, measured: Measured) -> None:
    ranks = []
    for typed in range(min(TYPED, len(wanted))):
        offers = _timed(measured, "name", completer.complete_identifier, wanted[:typed], DEPTH)
        texts = [text for text, _ in offers]
        ranks.append(texts.index(wanted) + 1 if wanted in texts else 0)
        if offers:
            measured.names[typed].append((offers[0][1], ranks[-1] == 1))
    measured.ranks.append(ranks)
    measured.lengths.append(len(wanted))


def _line(completer: Any, wanted: str, measured: Measured) -> bool:
    offer = _timed(measured, "line", completer.complete_line)
    measured.line_count += 1
    if offer is None:
        return False
    is_right = "".join(offer[0].split()) == "".join(wanted.split())
    measured.lines.append((offer[1], is_right))
    return is_right


def _timed(measured: Measured, kind: str, call: Callable[..., Any], *arguments: object) -> Any:
    started = time.thread_time()
    result = call(*arguments)
    measured.times[kind].append(time.thread_time() - started)
    return result


def summary(measured: Measured) -> dict[str, float]:
    """All figures, shares between 0 and 1."""
    found: dict[str, float] = {"names": len(measured.ranks), "lines": measured.line_count}
    for typed in range(TYPED):
        ranks = [ranks[typed] for ranks in measured.ranks if len(ranks) > typed]
        found[f"top1@{typed}"] = _mean([rank == 1 for rank in ranks])
        found[f"top5@{typed}"] = _mean([1 <= rank <= 5 for rank in ranks])
        found[f"mrr@{typed}"] = sum(1 / rank for rank in ranks if rank) / max(1, len(ranks))
        found |= _calibration(f"@{typed}", measured.names[typed])
    total = sum(measured.lengths) or 1
    found["saved_menu"] = 1 - sum(map(_menu_cost, measured.ranks, measured.lengths)) / total
    found["saved_ghost"] = 1 - sum(map(_ghost_cost, measured.ranks, measured.lengths)) / total
    sure = [right for confidence, right in measured.lines if confidence >= 0.5]
    found["line_exact"] = sum(right for _, right in measured.lines) / max(1, measured.line_count)
    found["line_offered@0.5"] = len(sure) / max(1, measured.line_count)
    found["line_precision@0.5"] = _mean(sure)
    found |= _calibration("_lines", measured.lines)
    found |= _by_language(measured)
    for kind, times in measured.times.items():
        found[f"{kind}_p50_ms"], found[f"{kind}_p95_ms"] = _quantile(times, 0.5) * 1e3, _quantile(times, 0.95) * 1e3
    found["index_ms_per_100kB"] = measured.index_seconds * 1e3 / (measured.index_characters / 1e5)
    return {name: round(value, 4) for name, value in found.items()}


def _menu_cost(ranks: Sequence[int], length: int) -> int:
    return min([typed + rank for typed, rank in enumerate(ranks) if 1 <= rank <= MENU] + [length])


def _ghost_cost(ranks: Sequence[int], length: int) -> int:
    return min([typed + 1 for typed, rank in enumerate(ranks) if rank == 1] + [length])


def _calibration(name: str, pairs: Sequence[tuple[float, bool]]) -> dict[str, float]:
    dice = random.Random(6)
    ideal = [[(confidence, dice.random() < confidence) for confidence, _ in pairs] for _ in range(20)]
    return {
        f"ece{name}": calibration_error(pairs),
        f"ece_chance{name}": sum(map(calibration_error, ideal)) / len(ideal),
        f"brier{name}": sum((confidence - right) ** 2 for confidence, right in pairs) / max(1, len(pairs)),
    }


def _by_language(measured: Measured) -> dict[str, float]:
    found: dict[str, float] = {}
    for language in sorted(set(measured.languages)):
        pairs = zip(measured.languages, measured.ranks, strict=True)
        ranks = [ranks for one, ranks in pairs if one == language and len(ranks) > 1]
        outcomes = zip(measured.line_languages, measured.line_outcomes, strict=True)
        found[f"{language} top1@1"] = _mean([one[1] == 1 for one in ranks])
        found[f"{language} line_exact"] = _mean([right for one, right in outcomes if one == language])
    return found


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Over equally full bins; ties are split at random, not by outcome."""
    dice = random.Random(5)
    ordered = sorted((confidence, dice.random(), right) for confidence, right in pairs)
    error = 0.0
    for number in range(BINS):
        part = ordered[number * len(ordered) // BINS : (number + 1) * len(ordered) // BINS]
        error += abs(sum(confidence for confidence, _, _ in part) - sum(right for _, _, right in part))
    return error / max(1, len(ordered))


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def memory(workspaces: Sequence[Workspace]) -> dict[str, float]:
    """Of the largest workspace: bytes held by the model after 200 questions, per byte of its source."""
    workspace = max(workspaces, key=lambda one: sum(len(source.text) for source in one.sources))
    size = sum(len(source.text.encode()) for source in workspace.sources)
    tracemalloc.start()
    model = LearnedModel()
    for source in workspace.sources:
        for _ in model.index(source.path, source.language_id, str(source.text.encode(), "utf-8")):
            pass
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {"memory_source_mb": round(size / 1e6, 2), "memory_times_source": round(held / size, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", action="append", default=[], help="a folder of source trees the fit has not seen")
    parser.add_argument("--completer", default="bench.offline_adapter:Learned")
    parser.add_argument("--count", choices=["languages", "workspaces"], default="languages", help="what counts alike")
    parser.add_argument("--scale", type=float, default=1.0, help="1: two thousand names (--count languages)")
    parser.add_argument("--names", type=int, default=40, help="per workspace (--count workspaces)")
    parser.add_argument("--seed", type=int, default=4242)
    parser.add_argument("--end-of-line", action="store_true", help="hide what follows a name on its line, too")
    options = parser.parse_args()
    module, name = options.completer.split(":")
    workspaces = standard_library(dev=False)
    for root in options.corpus:
        workspaces += source_trees(root)
    found = summary(measure(workspaces, getattr(importlib.import_module(module), name), options))
    found |= {**memory(workspaces), "load": round(os.getloadavg()[0], 1)}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
