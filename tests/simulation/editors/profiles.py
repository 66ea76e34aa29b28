"""Editors as facts were recorded of them, and combinations that no editor is known for yet but any may be."""

from dataclasses import replace

from pair_ls.editor import LineEnding
from pair_ls.text import PositionEncoding
from tests.simulation.editors import shapes
from tests.simulation.editors.editor import Ways
from tests.simulation.editors.reporters import AtOnce, RateLimited, Trailing

VISUAL_STUDIO_CODE = Ways("VS Code", shape=shapes.minimised, first_version=1, echo="after", latency=(0.004, 0.02))
"""Strict, truthful, one didChange per key; answer, then echo; half of all edits come too late while somebody types."""

NEOVIM = Ways(
    "Neovim",
    client="Neovim",
    reporter=RateLimited,
    shape=shapes.by_lines,
    first_version=0,
    first_step=4,
    checks_zero=False,
    allows_future=True,
    lies=True,
    echo="either",
    forces_end=True,
    flushes_on_save=False,
)
"""Strict but for version 0, answers "applied" to what it dropped, reports up to 150 ms late, always ends the text."""

NEOVIM_QUICK = replace(NEOVIM, name="Neovim, debounce 0", reporter=AtOnce, first_version=7, first_step=1)
NEOVIM_WITHOUT_END = replace(NEOVIM, name="Neovim, noeol", forces_end=False)
NEOVIM_DOS = replace(NEOVIM, name="Neovim, ff=dos", ending=LineEnding.CRLF)
NEOVIM_FULL = replace(NEOVIM, name="Neovim, full sync", shape=shapes.whole, first_version=3, melts=True)

EGLOT = Ways(
    "eglot",
    client="Emacs",
    encoding=PositionEncoding.UTF32,
    reporter=Trailing,
    first_version=0,
    counts_unsent=False,
    hides_ending=True,
    echo="after",
    melts=True,
)
"""Checks only what it has sent, so edits land at stale positions; reports half a second late, all in one change."""

EGLOT_QUICK = replace(EGLOT, name="eglot, idle 0", reporter=AtOnce, melts=False)

HELIX_25_07 = Ways(
    "Helix 25.07",
    encoding=PositionEncoding.UTF8,
    shape=shapes.minimised_ascending,
    first_version=0,
    echo="before",
    keeps_ending=True,
)
HELIX_25_01 = replace(HELIX_25_07, name="Helix 25.01", swaps=True, echo="either")
"""As the later one, but its messages overtake each other by a few milliseconds."""
HELIX_CRLF = replace(HELIX_25_07, name="Helix, CRLF", ending=LineEnding.CRLF)

CODE_CRLF = replace(VISUAL_STUDIO_CODE, name="VS Code, CRLF", ending=LineEnding.CRLF)
BLOCKING = replace(NEOVIM, name="Neovim, waits for keys", blocks=0.2)
PREVIEWING = replace(VISUAL_STUDIO_CODE, name="VS Code, previews", blocks=0.2)
MUTE = replace(HELIX_25_07, name="answers get lost", loses_answers=0.3, echo="either", first_version=3)
SLOW = replace(VISUAL_STUDIO_CODE, name="slow answers", answer_delay=(0.0, 0.4), latency=(0.01, 0.06))
NULL_VERSIONS = Ways("no versions", null_versions=True, first_version=0, checks_zero=False)
FULL_SYNC = Ways("full sync", shape=shapes.whole, latency=(0.002, 0.02))
FULL_TRAILING = replace(EGLOT, name="full sync, trailing", shape=shapes.whole)
NEVER_CHECKS = Ways("never checks", checks=False, first_version=4, echo="either", latency=(0.001, 0.01))
LYING_AT_ONCE = Ways("lies at once", lies=True, echo="either", first_version=5, latency=(0.001, 0.03))

ALL = (
    VISUAL_STUDIO_CODE,
    NEOVIM,
    NEOVIM_QUICK,
    NEOVIM_WITHOUT_END,
    NEOVIM_DOS,
    NEOVIM_FULL,
    EGLOT,
    EGLOT_QUICK,
    HELIX_25_07,
    HELIX_25_01,
    HELIX_CRLF,
    CODE_CRLF,
    BLOCKING,
    PREVIEWING,
    MUTE,
    SLOW,
    NULL_VERSIONS,
    FULL_SYNC,
    FULL_TRAILING,
    LYING_AT_ONCE,
    NEVER_CHECKS,
)
