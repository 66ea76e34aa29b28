"""How well the offline model does on somebody's own code: each file in turn is typed into, in evenly spaced places.

Pure: nothing is random and nothing leaves the function but counts, so two runs on the same code agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pair_ls.completion.learned.languages import language_of
from pair_ls.completion.learned.lexer import lex_spans
from pair_ls.completion.learned.model import LearnedModel, Offer, Spot

_LEAST_NAME = 3
_LEAST_REST = 4
_BINS = 15


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the code base."""

    path: str
    language_id: str
    text: str


@dataclass(slots=True)
class Score:
    """Counts of one kind of question, and (confidence, right) of every first answer."""

    asked: int = 0
    first: int = 0
    among_five: int = 0
    pairs: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, wanted: str, offers: Sequence[Offer]) -> None:
        """One question; spaces do not matter."""
        found = ["".join(offer.text.split()) for offer in offers]
        target = "".join(wanted.split())
        self.asked += 1
        self.first += found[:1] == [target]
        self.among_five += target in found[:5]
        if offers:
            self.pairs.append((offers[0].confidence, found[0] == target))

    def sure(self, least: float) -> tuple[float, float]:
        """(share of questions offered at this confidence or more, share of those that were right)."""
        offered = [right for confidence, right in self.pairs if confidence >= least]
        return len(offered) / max(1, self.asked), sum(offered) / max(1, len(offered))

    def calibration_error(self) -> float:
        """Expected calibration error over equally full bins: how far confidence and success are apart."""
        pairs = sorted(self.pairs)
        error = 0.0
        for number in range(_BINS):
            part = pairs[number * len(pairs) // _BINS : (number + 1) * len(pairs) // _BINS]
            if part:
                error += abs(sum(confidence for confidence, _ in part) - sum(right for _, right in part))
        return error / max(1, len(pairs))


@dataclass(slots=True)
class Report:
    """Names by number of typed characters (0, 1), and rests of lines."""

    names: tuple[Score, Score] = field(default_factory=lambda: (Score(), Score()))
    lines: Score = field(default_factory=Score)


def evaluate(samples: Sequence[Sample], *, per_file: int = 6) -> Iterator[Report]:
    """Yields the report so far after every file, so that the caller can show it, or stop."""
    model = LearnedModel()
    for sample in samples:
        for _ in model.index(sample.path, sample.language_id, sample.text):
            pass
    report = Report()
    for sample in samples:
        model.open(sample.path, sample.language_id, sample.text)
        for line, start, end, is_line in _targets(sample, per_file):
            _ask(model, sample, report, (line, start, end), is_line=is_line)
        model.set_text(sample.path, sample.text)
        model.close(sample.path)
        yield report


def _ask(model: LearnedModel, sample: Sample, report: Report, target: tuple[int, int, int], *, is_line: bool) -> None:
    line, start, end = target
    lines = sample.text.split("\n")
    wanted = lines[line][start:end]
    lines[line] = lines[line][:start] + lines[line][end:]
    model.set_text(sample.path, "\n".join(lines))
    spot = Spot(sample.path, line, start, start)
    if is_line:
        report.lines.add(wanted, model.lines(spot, 5))
        return
    for typed, score in enumerate(report.names):
        score.add(wanted, model.identifiers(spot, wanted[:typed], 5))


def _targets(sample: Sample, per_file: int) -> list[tuple[int, int, int, bool]]:
    """(line, start, end, whether it is a rest of line), evenly spaced over the file."""
    language = language_of(sample.language_id)
    names, rests = [], []
    state = 0
    for number, line in enumerate(sample.text.split("\n")):
        spans, state = lex_spans(line, state, language)
        spans = [span for span in spans if span.text]
        for span in spans if not state else ():
            if span.text.isidentifier() and len(span.text) >= _LEAST_NAME and span.text not in language.keywords:
                names.append((number, span.start, span.end, False))
            if len("".join(line[span.end : spans[-1].end].split())) >= _LEAST_REST:
                rests.append((number, span.end, spans[-1].end, True))
    return _spread(names[1:], per_file) + _spread(rests[1:], max(1, per_file // 2))


def _spread(found: list[tuple[int, int, int, bool]], most: int) -> list[tuple[int, int, int, bool]]:
    return [found[(2 * number + 1) * len(found) // (2 * most)] for number in range(min(most, len(found)))]
