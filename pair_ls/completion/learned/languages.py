"""How the languages we learn from look to a lexer: comments, strings, names, keywords. One screen per family, no I/O.

A family is what shares one vocabulary: TypeScript and JavaScript are one, C and C++ are one. An unknown language id
gets `PLAIN`, which knows names, numbers and quoted strings only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opener:
    """A construct that may run over the end of the line: where it starts and what ends it."""

    text: str
    start: re.Pattern[str]
    closer: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Language:
    """`tokens` has one group, empty for comments. `openers` are numbered from 1: the number is a line's state."""

    family: str
    tokens: re.Pattern[str]
    keywords: frozenset[str]
    openers: tuple[Opener, ...]
    line_comments: tuple[str, ...]
    has_lifetimes: bool = False  # 'a is a name
    member_marks: frozenset[str] = frozenset({".", "::", "->", "?."})


_NAME = r"[^\W\d]\w*"
_NUMBER = r"\d[\w.]*"
_OPERATOR = (
    r"\.\.\.|\*\*=|//=|>>=|<<=|===|!==|\?\?=|&&=|\|\|=|=>|->|::|:=|\+\+|--|\*\*|//|==|!=|<=|>=|&&|\|\||\?\?|\?\."
    r"|\+=|-=|\*=|/=|%=|&=|\|=|\^=|<-|\.\.=?|[^\w\s]"
)
_DOUBLE = r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
_SINGLE = r"'(?:[^'\\]|\\.)*(?:'|\\?\Z)"
_TICK = r"`(?:[^`\\]|\\.)*(?:`|\\?\Z)"
_SLASHES = r"//.*|/\*.*?(?:\*/|\Z)"
_BLOCK = Opener("/*", re.compile(r"/\*"), re.compile(r"\*/"))
_TEMPLATE = Opener("`", re.compile("`"), re.compile(r"(?<!\\)(?:\\\\)*`"))


def _triple(quote: str) -> Opener:
    return Opener(quote * 3, re.compile(rf"[rbfuRBFU]{{0,2}}{quote * 3}"), re.compile(rf"(?<!\\)(?:\\\\)*{quote * 3}"))


def _language(
    family: str,
    *,
    comment: str,
    string: str,
    keywords: str,
    openers: Sequence[Opener] = (),
    name: str = _NAME,
    line_comments: tuple[str, ...] = ("//",),
    has_lifetimes: bool = False,
) -> Language:
    tokens = re.compile(rf"(?:{comment})|({string}|{name}|{_NUMBER}|{_OPERATOR})")
    return Language(family, tokens, frozenset(keywords.split()), tuple(openers), line_comments, has_lifetimes)


_PYTHON_STRING = (
    r'[rbfuRBFU]{0,2}(?:"""(?:[^\\]|\\.)*?(?:"""|\\?\Z)|'
    rf"'''(?:[^\\]|\\.)*?(?:'''|\\?\Z)|{_DOUBLE}|{_SINGLE})"
)
PYTHON = _language(
    "python",
    comment=r"\#.*",
    string=_PYTHON_STRING,
    openers=(_triple('"'), _triple("'")),
    line_comments=("#",),
    keywords="False None True and as assert async await break class continue def del elif else except finally for from"
    " global if import in is lambda match case nonlocal not or pass raise return try while with yield self cls",
)
TYPESCRIPT = _language(
    "typescript",
    comment=_SLASHES,
    string=f"{_DOUBLE}|{_SINGLE}|{_TICK}",
    name=r"[^\W\d][\w$]*|\$[\w$]*",
    openers=(_BLOCK, _TEMPLATE),
    keywords="abstract any as async await boolean break case catch class const continue debugger declare default delete"
    " do else enum export extends false finally for from function get if implements import in infer instanceof"
    " interface is keyof let namespace never new null number object of private protected public readonly return"
    " satisfies set static string super switch symbol this throw true try type typeof undefined unknown var void while"
    " yield",
)
RUST = _language(
    "rust",
    comment=_SLASHES,
    string=rf"b?r\#*\".*?(?:\"\#*|\Z)|b?{_DOUBLE}|b?'(?:\\.[^'\n]{{0,8}}|[^\\'\n])'",
    name=r"'?[^\W\d]\w*",
    has_lifetimes=True,
    openers=(
        _BLOCK,
        Opener('r#"', re.compile(r'b?r#+"'), re.compile(r'"#+')),
        Opener('"', re.compile('b?"'), re.compile(r'(?<!\\)(?:\\\\)*"')),
    ),
    keywords="as async await bool break char const continue crate dyn else enum extern f32 f64 false fn for i16 i32 i64"
    " i8 if impl in isize let loop match mod move mut pub ref return self Self static str struct super trait true type"
    " u16 u32 u64 u8 unsafe use usize where while",
)
GO = _language(
    "go",
    comment=_SLASHES,
    string=rf"{_DOUBLE}|{_SINGLE}|`[^`]*(?:`|\Z)",
    openers=(_BLOCK, Opener("`", re.compile("`"), re.compile("`"))),
    keywords="bool break byte case chan const continue default defer else error fallthrough false for func go goto if"
    " import int int32 int64 interface iota map nil package range return rune select string struct switch true type"
    " uint uint32 uint64 var",
)
JAVA = _language(
    "java",
    comment=_SLASHES,
    string=f"{_DOUBLE}|{_SINGLE}",
    openers=(_BLOCK,),
    keywords="abstract assert boolean break byte case catch char class const continue default do double else enum"
    " extends final finally float for fun if implements import in instanceof int interface internal is long namespace"
    " native new null object out override package private protected public readonly record return sealed short static"
    " string super switch this throw throws transient true false try using val var virtual void volatile when while",
)
C = _language(
    "c",
    comment=_SLASHES,
    string=f"{_DOUBLE}|{_SINGLE}",
    openers=(_BLOCK,),
    keywords="alignas auto bool break case catch char class const constexpr continue decltype default define delete do"
    " double else endif enum explicit export extern false final float for friend goto if ifdef ifndef include inline"
    " int long mutable namespace new noexcept nullptr operator override private protected public register return short"
    " signed sizeof static static_cast struct switch template this throw true try typedef typename union unsigned"
    " using virtual void volatile while",
)
CSS = _language(
    "css", comment=_SLASHES, string=f"{_DOUBLE}|{_SINGLE}", openers=(_BLOCK,), name=r"[^\W\d][\w-]*", keywords=""
)
HTML = _language(
    "html",
    comment=r"<!--.*?(?:-->|\Z)",
    string=rf"{_DOUBLE}|'[^']*'",
    openers=(Opener("<!--", re.compile("<!--"), re.compile("-->")),),
    name=r"[^\W\d][\w-]*",
    line_comments=(),
    keywords="",
)
SQL = _language(
    "sql",
    comment=r"--.*|/\*.*?(?:\*/|\Z)",
    string=rf"{_SINGLE}|{_DOUBLE}",
    openers=(_BLOCK,),
    line_comments=("--",),
    keywords="all and as asc between by case create delete desc distinct drop else end exists from group having in"
    " index inner insert into is join left like limit not null on or order outer primary key references right select"
    " set table then union unique update values view when where with ALL AND AS ASC BETWEEN BY CASE CREATE DELETE DESC"
    " DISTINCT DROP ELSE END EXISTS FROM GROUP HAVING IN INDEX INNER INSERT INTO IS JOIN LEFT LIKE LIMIT NOT NULL ON"
    " OR ORDER OUTER PRIMARY KEY REFERENCES RIGHT SELECT SET TABLE THEN UNION UNIQUE UPDATE VALUES VIEW WHEN WHERE"
    " WITH",
)
SHELL = _language(
    "shell",
    comment=r"(?<!\S)\#.*",
    string=rf"{_DOUBLE}|'[^']*'?",
    openers=(),
    name=r"[^\W\d][\w-]*",
    line_comments=("#",),
    keywords="break case continue do done elif else esac exit export fi for function if in local readonly return set"
    " shift then until while",
)
PLAIN = _language("plain", comment=r"(?!)", string=f"{_DOUBLE}", line_comments=(), keywords="")

_BY_ID: dict[str, Language] = {
    **dict.fromkeys(("python", "py", "cython", "starlark"), PYTHON),
    **dict.fromkeys(("typescript", "javascript", "typescriptreact", "javascriptreact", "ts", "js"), TYPESCRIPT),
    **dict.fromkeys(("tsx", "jsx", "vue", "svelte", "astro"), TYPESCRIPT),
    **dict.fromkeys(("rust", "rs"), RUST),
    "go": GO,
    **dict.fromkeys(("java", "kotlin", "csharp", "scala", "groovy", "dart", "swift", "php"), JAVA),
    **dict.fromkeys(("c", "cpp", "cuda-cpp", "objective-c", "objective-cpp", "glsl", "proto"), C),
    **dict.fromkeys(("css", "scss", "less"), CSS),
    **dict.fromkeys(("html", "xml", "handlebars", "xhtml"), HTML),
    "sql": SQL,
    **dict.fromkeys(("shellscript", "shell", "sh", "bash", "zsh", "fish", "makefile", "dockerfile"), SHELL),
}


def language_of(language_id: str) -> Language:
    """The language for an LSP language id; `PLAIN` when we do not know it."""
    return _BY_ID.get(language_id.lower(), PLAIN)
