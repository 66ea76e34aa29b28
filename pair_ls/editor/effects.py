"""What the binding asks its shell to do, in this order, nothing else."""

from dataclasses import dataclass

from pair_ls.text import Delta, TextEdit


@dataclass(frozen=True, slots=True)
class EditShared:
    """Put the user's change into the shared text, at once: simultaneous edits on the shared text, in code points."""

    edits: Delta


@dataclass(frozen=True, slots=True)
class ApplyEdit:
    """Send workspace/applyEdit with `documentChanges`, this one edit and this version; no label, no annotations.

    Then call `Binding.edit_answered`. Positions are in the editor's encoding, line ends are the document's own.
    `is_apart`: say it as two text edits, what is inserted and then what is removed.
    """

    request_id: int
    version: int | None
    text_edit: TextEdit
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Barrier:
    """Send a request that changes nothing (workspace/configuration), then call `Binding.barrier_answered`.

    An editor that cannot be asked: call `barrier_answered` at once.
    """

    request_id: int


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call `Binding.tick` at this time, or a little later. It takes the place of the one before."""

    time: float


@dataclass(frozen=True, slots=True)
class DriftRepaired:
    """What the editor had reported was not what its buffer holds; the shared text now follows the buffer.

    Tell the user, count and log it (never the text). `characters` is how many were inserted or deleted for it.
    """

    characters: int


BindingEffect = EditShared | ApplyEdit | Barrier | WakeAt | DriftRepaired
