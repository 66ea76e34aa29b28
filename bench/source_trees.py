"""Source trees as workspaces, and the places in them that the offline benchmarks ask about. Deterministic by seed.

Files: the standard library of the running interpreter, and every folder below `--corpus`, one workspace per folder and
language (at most 60 files each). Tests, generated and minified files are left out.

Which groups serve for fitting ("dev") and which only for measuring ("held-out") goes by `DEV_GROUPS` for the standard
library and by the folder for everything else: whoever runs a benchmark names it.
"""

import math
import os
import random
import re
import sysconfig
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pair_ls.completion.learned.languages import language_of
from pair_ls.completion.learned.lexer import Span, lex_spans

MOST_FILES = 60
EXTENSIONS = {
    ".py": "python", ".ts": "typescript", ".tsx": "typescript", ".js": "javascript", ".mjs": "javascript",
    ".go": "go", ".rs": "rust", ".java": "java", ".c": "c", ".h": "c", ".cc": "c", ".cpp": "c", ".css": "css",
    ".sql": "sql",
}  # fmt: skip
DEV_GROUPS = frozenset({"email", "logging", "unittest", "xml", "concurrent"})
_SKIPPED_FOLDERS = frozenset(
    ".git .venv node_modules dist build out target vendor third_party assets public static __tests__ test tests e2e"
    " fixtures testdata wasm generated gen pkg site-packages __pycache__ lib2to3 ensurepip encodings idlelib turtledemo"
    " pydoc_data".split()
)
_SKIPPED_FILES = re.compile(r"(\.test\.|\.spec\.|_test\.|\.d\.ts$|\.min\.|\.config\.|^test_)")
_NAME = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Source:
    path: str
    language_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Workspace:
    name: str  # "rust:helix", the group, with a number when it was split
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """text[start:end] of the source is what a completer has to find; `is_line` tells a rest of line from a name."""

    source: Source
    start: int
    end: int
    is_line: bool


def standard_library(*, dev: bool) -> list[Workspace]:
    """The interpreter's own modules: the dev groups, or all the others."""
    root = sysconfig.get_paths()["stdlib"]
    sources: dict[str, list[Source]] = defaultdict(list)
    for source in _sources(Path(root)):
        parts = Path(source.path).relative_to(root).parts
        group = parts[0] if len(parts) > 1 else "top"
        if source.language_id == "python" and (group in DEV_GROUPS) == dev:
            sources[f"python:{group}"].append(source)
    return _workspaces(sources)


def source_trees(root: str) -> list[Workspace]:
    """One group per folder below `root` and language."""
    groups: dict[str, list[Source]] = defaultdict(list)
    for folder in sorted(Path(root).iterdir()):
        if folder.is_dir():
            for source in _sources(folder):
                groups[f"{language_of(source.language_id).family}:{folder.name}"].append(source)
    return _workspaces(groups)


def _sources(root: Path) -> Iterator[Source]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            language_id = EXTENSIONS.get(os.path.splitext(name)[1])
            path = os.path.join(folder, name)
            if language_id is None or _SKIPPED_FILES.search(name) or not 1500 <= os.path.getsize(path) <= 150_000:
                continue
            text = Path(path).read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
            if _is_written_by_hand(text):
                yield Source(path, language_id, text)


def _is_written_by_hand(text: str) -> bool:
    lines = text.split("\n")
    generated = re.search(r"(?i)(generated|do not edit)", text[:600])
    return not generated and max(map(len, lines)) <= 1000 and len(text) / len(lines) <= 90


def _workspaces(groups: dict[str, list[Source]]) -> list[Workspace]:
    found = []
    for name, sources in sorted(groups.items()):
        if len(sources) < 3:
            continue
        size = math.ceil(len(sources) / math.ceil(len(sources) / MOST_FILES))
        starts = range(0, len(sources), size)
        found += [Workspace(f"{name}/{start // size}", tuple(sources[start : start + size])) for start in starts]
    return found


def targets(workspace: Workspace, dice: random.Random, *, names: int, lines: int, per_file: int) -> list[Target]:
    """Up to so many names (three characters or more, no keywords) and rests of lines, from files in random order."""
    sources = list(workspace.sources)
    dice.shuffle(sources)
    found_names: list[Target] = []
    found_lines: list[Target] = []
    for source in sources:
        spans = _spans(source)
        dice.shuffle(spans)
        found_names += [Target(source, a, b, False) for a, b, _ in _names(source, spans)[:per_file]]
        found_lines += [Target(source, b, end, True) for _, b, end in _rests(source, spans)[: max(1, per_file // 2)]]
        if len(found_names) >= names and len(found_lines) >= lines:
            break
    return found_names[:names] + found_lines[:lines]


def targets_by_language(
    workspaces: Sequence[Workspace], dice: random.Random, wanted: Mapping[str, int], *, per_file: int
) -> dict[str, list[Target]]:
    """By workspace name. So many names of each language, half as many rests of lines, from files of all its workspaces
    in random order: a large workspace counts as much as it has files."""
    found: dict[str, list[Target]] = defaultdict(list)
    for language, names in wanted.items():
        pool = [(one.name, source) for one in workspaces for source in one.sources if source.language_id == language]
        dice.shuffle(pool)
        share = min(per_file, max(1, math.ceil(names / max(1, len(pool)))))
        left = {False: names, True: names // 2}
        for name, source in pool:
            spans = _spans(source)
            dice.shuffle(spans)
            chosen = [Target(source, a, b, False) for a, b, _ in _names(source, spans)[: min(share, left[False])]]
            lines = min(max(1, share // 2), left[True])
            chosen += [Target(source, b, end, True) for _, b, end in _rests(source, spans)[:lines]]
            found[name] += chosen
            for target in chosen:
                left[target.is_line] -= 1
    return found


def _spans(source: Source) -> list[tuple[int, int, int]]:
    """(start, end of a token, end of the last token of its line), in the file."""
    language = language_of(source.language_id)
    found = []
    offset, state = 0, 0
    for line in source.text.split("\n"):
        spans, state = lex_spans(line, state, language)
        if spans and all(span.text for span in spans) and not state:
            last = spans[-1].end
            found += [(offset + span.start, offset + span.end, offset + last) for span in spans if _is_whole(span)]
        offset += len(line) + 1
    return found[6:]


def _is_whole(span: Span) -> bool:
    return bool(span.text)


def _names(source: Source, spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    keywords = language_of(source.language_id).keywords
    text = source.text
    return [
        span
        for span in spans
        if span[1] - span[0] >= 3
        and _NAME.fullmatch(text, span[0], span[1])
        and text[span[0] : span[1]] not in keywords
    ]


def _rests(source: Source, spans: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    return [span for span in spans if len("".join(source.text[span[1] : span[2]].split())) >= 4]
