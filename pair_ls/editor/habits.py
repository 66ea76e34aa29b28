"""What is known of an editor's ways: learnt from what it does, with a head start for some names. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class EditorHabits:
    """One per connected editor, shared by all its bindings, which write down here what they find out.

    Nothing depends on a habit being known beforehand; knowing it saves one wrong guess per editor.
    """

    drops_silently: bool = False
    """Answers "applied" to edits that it dropped because they were stale (Neovim)."""
    refuses_stale: bool = False
    """Never applies an edit to a newer version than it was made for, whatever it answers; known by name only."""
    ignores_versions: bool = False
    """Counts versions, but applies an edit to whatever it has by then."""
    misplaces: bool = False
    """Its versions do not count what the user typed a moment ago, so edits land at stale positions (eglot)."""
    hides_last_line: bool = False
    """Tells the same of a line that goes, and of all that stands in it, if only an empty one is left (Neovim 0.12)."""
    compares_letters: bool = False
    """Looks for the letters that an edit leaves: seconds for a few hundred of them, minutes for thousands (eglot)."""
    skips_versions: bool = False
    """Its versions grow by more than one (Neovim: changedtick), so a gap does not mean that a change is missing."""


def known_habits(client_name: str, client_version: str = "") -> EditorHabits:
    """The habits that an editor's `clientInfo` tells."""
    match client_name.casefold():
        case "neovim":
            hides_last_line = bool(client_version) and not client_version.startswith("0.10.")
            return EditorHabits(
                drops_silently=True, refuses_stale=True, skips_versions=True, hides_last_line=hides_last_line
            )
        case "emacs" | "eglot":
            return EditorHabits(misplaces=True, compares_letters=True)
        case _:
            return EditorHabits()
