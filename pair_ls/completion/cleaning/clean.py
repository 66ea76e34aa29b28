"""The order of the filters, and the promise of the whole: it never raises, and cleaning twice is cleaning once."""

from collections.abc import Callable
from dataclasses import dataclass

from pair_ls.completion.cleaning.overlap import (
    cut_at_line_below,
    cut_rest_of_line,
    cut_unmatched_closer,
    keep_first_line,
    keep_in_scope,
)
from pair_ls.completion.cleaning.repetition import cut_repeated_lines, cut_repeated_tail, drop_copy_of_line_above
from pair_ls.completion.cleaning.situation import CLOSERS, Situation
from pair_ls.completion.cleaning.spacing import drop_lone_punctuation, trim, use_document_indent
from pair_ls.completion.cleaning.wrapping import (
    drop_echo,
    drop_indent_twice,
    drop_special_tokens,
    drop_thoughts,
    unwrap_fence,
    use_line_feeds,
)

Filter = Callable[[str, Situation], str]

UNWRAPPING: tuple[Filter, ...] = (use_line_feeds, drop_thoughts, drop_special_tokens, unwrap_fence, drop_echo)
FITTING: tuple[Filter, ...] = (
    drop_indent_twice,
    keep_first_line,
    use_document_indent,
    cut_repeated_lines,
    cut_repeated_tail,
    keep_in_scope,
    cut_at_line_below,
    cut_rest_of_line,
    cut_unmatched_closer,
    trim,
    drop_copy_of_line_above,
    drop_lone_punctuation,
)
FILTERS: tuple[Filter, ...] = UNWRAPPING + FITTING
_MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The text to insert; it replaces `replace_after` characters behind the cursor. Empty: nothing to offer."""

    text: str
    replace_after: int = 0


def clean(answer: str, situation: Situation) -> Cleaned:
    text = _run(UNWRAPPING, answer, situation)
    replace_after = _replaced(text, situation)
    if replace_after:
        rest = situation.suffix[replace_after:]
        situation = Situation(situation.prefix, rest, situation.is_block)
    return Cleaned(_settle(text, situation), replace_after)


def _settle(text: str, situation: Situation) -> str:
    """One filter may uncover work for another; run them until nothing changes, and trust nothing that never settles."""
    for _ in range(_MOST_ROUNDS):
        before, text = text, _run(FILTERS, text, situation)
        if text == before:
            return text
    return ""


def _run(filters: tuple[Filter, ...], text: str, situation: Situation) -> str:
    for step in filters:
        if not text:
            return ""
        text = step(text, situation)
    return text


def _replaced(text: str, situation: Situation) -> int:
    """Editors close brackets ahead: when the answer has those closers and goes on behind them, it replaces them."""
    after = situation.line_after.rstrip()
    if not after or not all(character in CLOSERS or character in "\"'`;," for character in after.strip()):
        return 0
    rest = _behind_closers(text.split("\n", 1)[0].rstrip(), after)
    return len(after) if rest and not after.endswith(rest) else 0


def _behind_closers(first: str, closers: str) -> str:
    """What an answer has behind the brackets that close, beyond its own, just those behind the cursor; or ""."""
    own: list[str] = []
    wanted = [character for character in closers if character in CLOSERS]
    for at, character in enumerate(first):
        if character in CLOSERS.values():
            own.append(character)
        elif character in CLOSERS:
            if own and own[-1] == CLOSERS[character]:
                own.pop()
            elif wanted and wanted[0] == character:
                wanted.pop(0)
                if not wanted:
                    return first[at + 1 :].strip()
            else:
                return ""
    return ""
