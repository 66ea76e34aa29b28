"""The one edit that was sent to the editor and has not been seen in its text yet."""

import enum
from dataclasses import dataclass, replace

from pair_ls.text import Delta, Edit, TextEdit, normalize, transform

_SMALL_GAP = 64
FEW_PLACES = 2
_MANY = 16
_SPAN = 16_384


@dataclass(slots=True)
class InFlight:
    """`delta` is kept rebased over what the user typed since; `text_edit` is what the editor was told, verbatim."""

    request_id: int
    version: int | None
    is_checked: bool  # whether the editor compares the version
    text_edit: TextEdit  # \n only
    removed: str  # what it should have replaced
    delta: Delta
    sent_at: float
    applied_at: float | None = None  # when the editor answered that it applied it
    reports_before_answer: int = 0
    is_overtaken: bool = False  # the editor reported something that does not contain it
    is_stale: bool = False  # and that was a change to a newer version
    is_doubled: bool = False  # its text was reported, as it seemed by the user
    barrier_id: int | None = None

    def is_older_than(self, version: int | None) -> bool:
        """Whether an editor at this version can only refuse it, if it compares versions at all."""
        return self.version is not None and version is not None and version > self.version


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An edit that is in the text, but not answered yet: if it was refused, the user did the very same by themselves.

    `again` is what is then still to be done, on the text as it is now.
    """

    request_id: int
    again: Delta
    is_stale: bool

    @classmethod
    def of(cls, edit: InFlight, reported: Delta, *, is_misplaced: bool) -> "Unconfirmed | None":
        """`reported` is the change that was taken for the edit; both are made for the same text."""
        if edit.applied_at is not None:
            return None
        again = _inserted(reported) if is_misplaced else transform(reported, edit.delta, before=True)
        return cls(edit.request_id, again, edit.is_stale and edit.is_checked)

    def after(self, delta: Delta) -> "Unconfirmed":
        return replace(self, again=transform(self.again, delta, before=True))


def _inserted(change: Delta) -> Delta:
    """The texts of a change, once more, at their places in the text after it."""
    result, shift = [], 0
    for edit in change:
        result.append(Edit(edit.start + shift, edit.start + shift, edit.new_text))
        shift += edit.growth
    return normalize(result)


@dataclass(frozen=True, slots=True)
class Echo:
    """The first `count` changes that were reported are our edit, and perhaps typing of the user.

    In this order: what the user typed before, what our edit did to the lines, what the user typed afterwards.
    """

    count: int
    landed: Delta
    typed_before: Delta = ()
    typed_after: Delta = ()
    forces_end: bool = False
    is_misplaced: bool = False


def is_checked(version: int | None) -> bool:
    """Whether editors compare this version: Neovim takes 0 for "any", and null says so."""
    return version is not None and version > 0


class Reach(enum.Enum):
    """How far one edit may reach over text that it does not change."""

    NOWHERE = enum.auto()  # the editor may apply it over letters that it has not reported
    NEAR = enum.auto()
    FAR = enum.auto()
    EVERYWHERE = enum.auto()  # there are no more requests left than places


def next_edit(queue: Delta, reach: Reach, caret: int | None) -> tuple[Delta, Delta]:
    """What to send as one contiguous edit, and what is left after it.

    The editor's cursor stays best with small edits, and each needs a round trip. So few places go one by one, many
    near ones in one edit over all of them, and very many in one edit, however large. None reaches over the caret, if it
    is known: it would be left in another place than the text around it, and the next letter would land there.
    """
    count = len(queue) if len(queue) > _MANY else 1
    while count < len(queue) and _joins(queue, count, reach):
        count += 1
    if caret is not None and queue[0].start < caret:
        count = max(1, sum(edit.end <= caret for edit in queue[:count]))
    group = queue[:count]
    return group, transform(queue[count:], group, before=False)


def requests_for(queue: Delta, reach: Reach) -> int:
    """How many edits it takes, if none is refused and the caret is nowhere between them."""
    count = 0
    while queue:
        _, queue = next_edit(queue, reach, None)
        count += 1
    return count


def _joins(queue: Delta, count: int, reach: Reach) -> bool:
    gap = queue[count].start - queue[count - 1].end
    match reach:
        case Reach.NOWHERE:
            return False
        case Reach.EVERYWHERE:
            return True
        case Reach.NEAR:
            return gap <= _SMALL_GAP
        case Reach.FAR:
            return gap <= _SMALL_GAP or (len(queue) > FEW_PLACES and queue[count].end - queue[0].start <= _SPAN)
