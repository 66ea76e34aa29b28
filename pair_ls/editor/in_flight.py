"""The one edit that was sent to the editor and has not been seen in its text yet."""

from dataclasses import dataclass

from pair_ls.text import Delta, TextEdit, transform

_SMALL_GAP = 64
_FEW = 2
_MANY = 16
_SPAN = 16_384


@dataclass(slots=True)
class InFlight:
    """`delta` is kept rebased over what the user typed since; `text_edit` is what the editor was told, verbatim."""

    request_id: int
    version: int | None
    text_edit: TextEdit  # \n only
    removed: str  # what it should have replaced
    delta: Delta
    sent_at: float
    applied_at: float | None = None  # when the editor answered that it applied it
    reports_before_answer: int = 0
    is_overtaken: bool = False  # the editor reported a newer version that does not contain it
    barrier_id: int | None = None

    @property
    def is_checked(self) -> bool:
        """Whether the editor compared the version."""
        return is_checked(self.version)


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


def next_edit(queue: Delta, *, is_safe: bool) -> tuple[Delta, Delta]:
    """What to send as one contiguous edit, and what is left after it.

    The editor's cursor stays best with small edits, and each needs a round trip. So few places go one by one, many
    near ones in one edit over all of them, and very many in one edit, however large. Not `is_safe`: the editor may
    apply it over text that it has not reported, so it must cover nothing but what changes.
    """
    count = len(queue) if len(queue) > _MANY else 1
    while is_safe and count < len(queue) and _joins(queue, count):
        count += 1
    group = queue[:count]
    return group, transform(queue[count:], group, before=False)


def _joins(queue: Delta, count: int) -> bool:
    gap = queue[count].start - queue[count - 1].end
    return gap <= _SMALL_GAP or (len(queue) > _FEW and queue[count].end - queue[0].start <= _SPAN)
