"""One open document of an editor and the shared text, kept in step; paths and line endings at the editor's border."""

from pair_ls.editor.binding import Binding
from pair_ls.editor.change_order import DocumentChange, EarlyChanges
from pair_ls.editor.editor_text import EditorText
from pair_ls.editor.effects import ApplyEdit, Barrier, BindingEffect, DriftRepaired, EditShared, WakeAt
from pair_ls.editor.habits import EditorHabits, known_habits
from pair_ls.editor.line_endings import LineEnding, check_text, from_editor, line_ending_of, to_editor

__all__ = [
    "ApplyEdit",
    "Barrier",
    "Binding",
    "BindingEffect",
    "DocumentChange",
    "DriftRepaired",
    "EarlyChanges",
    "EditShared",
    "EditorHabits",
    "EditorText",
    "LineEnding",
    "WakeAt",
    "check_text",
    "from_editor",
    "known_habits",
    "line_ending_of",
    "to_editor",
]
