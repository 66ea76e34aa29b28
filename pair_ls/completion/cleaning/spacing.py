"""Spaces: the document's own indentation, nothing at the end of lines, at most one blank line."""

import re

from pair_ls.completion.cleaning.situation import Situation

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def use_document_indent(text: str, situation: Situation) -> str:
    """Tabs where the document has tabs, spaces where it has spaces."""
    around = situation.prefix[-4000:] + situation.suffix[:2000]
    tabs, spaces = around.count("\n\t"), len(re.findall(r"\n {2,}", around))
    if tabs > spaces:
        return re.sub(r"(?<=\n) +", lambda found: "\t" * (-(-len(found[0]) // _unit_of(text))), text)
    if spaces > tabs:
        unit = " " * _unit_of(around)
        return re.sub(r"(?<=\n)[ \t]+", lambda found: found[0].replace("\t", unit), text)
    return text


def _unit_of(text: str) -> int:
    widths = {len(found) for found in re.findall(r"\n( +)\S", text)}
    return 2 if any(width % 4 == 2 for width in widths) else 4


def trim(text: str, situation: Situation) -> str:
    """No spaces at line ends, no blank lines at the end, no run of blank lines; nothing if nothing is visible."""
    text = "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")
    text = _BLANK_LINES.sub("\n\n", text)
    if not situation.is_block:
        text = text.rstrip()
    return text if text.strip() else ""


def drop_lone_punctuation(text: str, situation: Situation) -> str:
    """A single comma or bracket is sooner typed than read, unless it closes what is open."""
    visible = text.strip()
    closes = visible in (")", "]", "}", '"', "'", ");", "})", "});", "):", "];")
    return "" if len(visible) < 3 and not any(map(str.isalnum, visible)) and not closes else text
