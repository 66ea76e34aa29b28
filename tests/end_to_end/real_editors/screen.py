"""What a real Neovim shows, cell by cell, as its own UI protocol tells it (`:help ui`), and as HTML for a picture."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.end_to_end.real_editors.neovim import Rpc


@dataclass(slots=True)
class Grid:
    """The one grid of `ext_linegrid`: a character and a highlight number for each cell."""

    width: int
    height: int
    cells: list[list[tuple[str, int]]] = field(default_factory=list)
    highlights: dict[int, dict[str, Any]] = field(default_factory=dict)
    foreground: int = 0xFFFFFF
    background: int = 0
    cursor: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.cells = [[(" ", 0)] * self.width for _ in range(self.height)]

    def take(self, name: str, arguments: list[Any]) -> None:
        """One event of `redraw`; those that change no cell are of no interest."""
        match name, arguments:
            case "grid_resize", [1, self.width, self.height]:
                self.clear()
            case "grid_clear", [1]:
                self.clear()
            case "default_colors_set", [foreground, background, *_]:
                self.foreground, self.background = foreground, background
            case "hl_attr_define", [number, attributes, *_]:
                self.highlights[number] = attributes
            case "grid_cursor_goto", [1, row, column]:
                self.cursor = (row, column)
            case "grid_line", [1, row, column, cells, *_]:
                self._write(row, column, cells)
            case "grid_scroll", [1, top, bottom, left, right, rows, _]:
                self._scroll(range(top, bottom), slice(left, right), rows)

    def _write(self, row: int, column: int, cells: list[list[Any]]) -> None:
        highlight = 0
        for text, *more in cells:
            highlight = more[0] if more else highlight
            for _ in range(more[1] if len(more) > 1 else 1):
                self.cells[row][column] = (text, highlight)
                column += 1

    def _scroll(self, region: range, columns: slice, rows: int) -> None:
        order = region if rows > 0 else reversed(region)
        for row in order:
            if row + rows in region:
                self.cells[row][columns] = self.cells[row + rows][columns]

    def lines(self) -> list[str]:
        return ["".join(text for text, _ in row) for row in self.cells]

    def as_html(self) -> str:
        """A `pre` with the colours of the cells; the cursor is the inverted one."""
        rows = []
        for number, row in enumerate(self.cells):
            spans = [self._span(cell, (number, column) == self.cursor) for column, cell in enumerate(row)]
            rows.append("".join(spans))
        style = f"color:#{self.foreground:06x};background:#{self.background:06x}"
        return f'<pre style="{style}">{chr(10).join(rows)}</pre>'

    def _span(self, cell: tuple[str, int], is_cursor: bool) -> str:
        text, number = cell
        attributes = self.highlights.get(number, {})
        foreground, background = attributes.get("foreground"), attributes.get("background")
        if attributes.get("reverse") or is_cursor:
            foreground = self.background if background is None else background
            background = attributes.get("foreground", self.foreground)
        style = "" if foreground is None else f"color:#{foreground:06x};"
        style += "" if background is None else f"background:#{background:06x};"
        style += "font-weight:bold;" if attributes.get("bold") else ""
        style += "font-style:italic;" if attributes.get("italic") else ""
        escaped = html.escape(text)
        return f'<span style="{style}">{escaped}</span>' if style else escaped


class Screen:
    """A second look at a running Neovim, through a UI of its own."""

    def __init__(self, socket: Path, width: int, height: int) -> None:
        self.grid = Grid(width, height)
        self._rpc = Rpc(socket)
        self._rpc.heard = self._heard
        self._rpc.call("nvim_ui_attach", width, height, {"rgb": True, "ext_linegrid": True})

    def look(self) -> Grid:
        """The screen as it is now: what Neovim has to draw comes before its answer."""
        self._rpc.call("nvim_command", "redraw!")
        self._rpc.call("nvim_eval", "1")
        return self.grid

    def close(self) -> None:
        self._rpc.close()

    def _heard(self, method: str, arguments: list[Any]) -> None:
        if method != "redraw":
            return
        for name, *calls in arguments:
            for call in calls:
                self.grid.take(name, call)
