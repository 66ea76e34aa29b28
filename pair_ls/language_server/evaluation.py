"""`pair-ls eval`: how well the offline model completes the code of a folder. Reads files, sends nothing."""

from collections.abc import Callable
from pathlib import Path

from pair_ls.completion.learned.evaluation import Report, Sample, Score, evaluate
from pair_ls.errors import PairError
from pair_ls.language_server.learning import code_below, read_ignore_files

_LEAST_FILES = 2


def evaluate_folder(folder: Path, progress: Callable[[str], None]) -> str:
    """A few lines for a person."""
    root = folder.resolve()
    if not root.is_dir():
        raise PairError(f"{folder} is no folder. Name the folder whose code is to be measured.", code="no-folder")
    found = list(code_below(root, read_ignore_files(root)))
    samples = [Sample(code.path.as_uri(), code.language_id, code.text) for code in found]
    if len(samples) < _LEAST_FILES:
        raise PairError(f"{folder} has no code files to learn from. Two are the least.", code="no-code")
    report = Report()
    for number, so_far in enumerate(evaluate(samples), start=1):
        report = so_far
        progress(f"{number} of {len(samples)} files")
    return described(report, len(samples))


def described(report: Report, files: int) -> str:
    """The figures in words."""
    offered, right = report.lines.sure(0.5)
    return "\n".join(
        [
            f"{files} files, {report.names[0].asked} names and {report.lines.asked} rests of lines hidden in turn.",
            _names("Next name, nothing typed", report.names[0]),
            _names("Next name, one character typed", report.names[1]),
            f"Rest of the line: {_share(report.lines.first, report.lines.asked)} exactly right; shown for"
            f" {offered:.0%} of lines at a confidence of 50 % or more, and then {right:.0%} right.",
            f"Confidence is off by {report.names[1].calibration_error():.1%} for names and by"
            f" {report.lines.calibration_error():.1%} for lines on average.",
        ]
    )


def _names(title: str, score: Score) -> str:
    first, five = _share(score.first, score.asked), _share(score.among_five, score.asked)
    return f"{title}: {first} right at once, {five} among the first five."


def _share(count: int, total: int) -> str:
    return f"{count / max(1, total):.0%}"
