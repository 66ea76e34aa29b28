"""Names and lines that a language itself suggests, for a file that has nothing to learn from yet. Pure data.

Measured alone they are worth little (half a percent of lines): they stand in only while there is next to no code.
"""

import re

from pair_ls.completion.learned.languages import Language

_NAMES = {
    "python": "append args bool classmethod close dataclass dict enumerate float format getattr int isinstance items"
    " join kwargs len list logging main name open path print property range read result self set sorted split str"
    " strip sum super tuple type typing value write zip Exception KeyError None Path RuntimeError TypeError ValueError"
    " __init__ __main__ __name__ __repr__",
    "typescript": "Array Error JSON Map Math Object Promise Set console document error export filter forEach index"
    " length log map message module name options parse process push require result slice split stringify then"
    " toString useEffect useState value window",
    "rust": "Arc Box Clone Debug Default Err HashMap None Ok Option Result Some String Vec clone collect default expect"
    " format from get insert into iter len main map new println push to_string unwrap",
    "go": "Context Errorf Error Fatal New Printf Println Sprintf append bytes context err errors fmt http io len log"
    " main make nil os strings string sync time",
    "java": "ArrayList Exception HashMap Integer List Map Object Override String System add equals get hashCode length"
    " main out println put size toString",
    "c": "NULL argc argv begin cout endl end free include main malloc memcpy memset printf push_back return size"
    " size_t snprintf std stdio stdlib string strlen vector",
    "css": "align-items background background-color border border-radius bottom color display flex font-family"
    " font-size font-weight height hover justify-content left margin max-width min-height none overflow padding"
    " position right root top transition width z-index",
    "html": "body button charset class content div footer form h1 head header href html img input label lang link main"
    " meta name nav option script section select span src style table textarea title type ul viewport",
    "sql": "AND AVG COUNT CREATE DELETE DISTINCT FROM GROUP INSERT INTEGER INTO JOIN LEFT LIMIT NOT NULL ORDER PRIMARY"
    " SELECT SUM TABLE TEXT TIMESTAMP UNIQUE UPDATE VALUES VARCHAR WHERE",
    "shell": "basename cat cd chmod cp curl dirname echo exit export find grep local mkdir mktemp printf read rm sed"
    " set sort source test trap true xargs",
}
_LINES = {
    "python": (
        (r"^#!$", "/usr/bin/env python3"),
        (r"^if __name__$", ' == "__main__":'),
        (r"^\s+def __init__$", "(self) -> None:"),
        (r"^\s+def \w+$", "(self) -> None:"),
        (r"^def \w+$", "() -> None:"),
        (r"^\s*except \w+$", " as error:"),
        (r"^\s*(?:try|else|finally)$", ":"),
        (r"^\s*while$", " True:"),
        (r"^\s*with open$", "(path) as file:"),
        (r"^\s*super$", "().__init__()"),
        (r"^from __future__$", " import annotations"),
    ),
    "typescript": (
        (r"^\s*console$", ".log();"),
        (r"^\s*for \(const \w+$", " of items) {"),
        (r"^\s*for \(let (\w+)$", r" = 0; \1 < length; \1++) {"),
        (r"^\s*(?:try|do|\} else|\} finally)$", " {"),
        (r"^\s*\} catch$", " (error) {"),
        (r"^\s*throw$", " new Error();"),
        (r"^\s*const \[(\w+),$", r" set\1] = useState();"),
        (r"^\s*(?:export )?(?:async )?function \w+$", "() {"),
    ),
    "rust": (
        (r"^fn main$", "() {"),
        (r"^#\[derive$", "(Debug, Clone)]"),
        (r"^\s*for \w+ in$", " items {"),
        (r"^\s*\} else$", " {"),
        (r"^\s*if let$", " Some(value) = option {"),
        (r"^use std$", "::collections::HashMap;"),
        (r"^\s*Ok$", "(())"),
        (r"^mod tests$", " {"),
    ),
    "go": (
        (r"^package$", " main"),
        (r"^func main$", "() {"),
        (r"^\s*if err$", " != nil {"),
        (r"^\s*return nil,$", " err"),
        (r"^\s*for (\w+), (\w+)$", r" := range items {"),
        (r"^\s*\} else$", " {"),
    ),
    "java": (
        (r"^\s*public static void$", " main(String[] args) {"),
        (r"^\s*System$", ".out.println();"),
        (r"^\s*for \(int (\w+)$", r" = 0; \1 < length; \1++) {"),
        (r"^\s*\} catch$", " (Exception exception) {"),
    ),
    "c": (
        (r"^int main$", "(int argc, char **argv) {"),
        (r"^#include$", " <stdio.h>"),
        (r"^\s*for \(int (\w+)$", r" = 0; \1 < n; \1++) {"),
        (r"^\s*std::cout$", " << std::endl;"),
    ),
    "css": ((r"^\s*display$", ": flex;"), (r"^\s*box-sizing$", ": border-box;"), (r"^:root$", " {")),
    "html": ((r"^<!DOCTYPE$", " html>"), (r"^\s*<meta charset$", '="utf-8">'), (r"^<html$", ' lang="en">')),
    "sql": (
        (r"(?i)^select \*$", " FROM "),
        (r"(?i)^insert into \w+$", " VALUES ();"),
        (r"(?i)^create table$", " IF NOT EXISTS "),
    ),
    "shell": (
        (r"^#!$", "/usr/bin/env bash"),
        (r"^set$", " -euo pipefail"),
        (r"^\s*if \[\[?.*\]$", "; then"),
        (r"^\s*for \w+ in$", ' "$@"; do'),
    ),
}
_COMPILED = {
    family: tuple((re.compile(shape), rest) for shape, rest in patterns) for family, patterns in _LINES.items()
}


def pattern_names(language: Language, typed: str) -> list[str]:
    """Names of the language that go on from `typed`; none without a typed character."""
    lowered = typed.lower()
    names = _NAMES.get(language.family, "").split() if typed else []
    return [name for name in names if name.lower().startswith(lowered) and len(name) > len(typed)]


def pattern_line(language: Language, line_before: str) -> str:
    """How a line that looks like this usually goes on; "" if we cannot say."""
    for shape, rest in _COMPILED.get(language.family, ()):
        found = shape.search(line_before)
        if found:
            return found.expand(rest)
    return ""
