"""How a context is put to a model: fill-in-the-middle in the family's own marks, or a conversation. Pure.

Providers and servers take at most four stop sequences, so no prompt has more.
"""

import enum
from dataclasses import dataclass

from pair_ls.completion.context import Context, Snippet


class Wire(enum.Enum):
    """The way a model is spoken to."""

    COMPLETIONS = "completions"  # POST /completions, marks in the prompt
    SUFFIX = "suffix"  # POST /completions, prompt and suffix apart
    CHAT = "chat"  # POST /chat/completions


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent, the model's name aside."""

    wire: Wire
    text: str
    suffix: str
    messages: tuple[Message, ...]
    stop: tuple[str, ...]
    max_tokens: int

    def shown(self) -> str:
        """All text that leaves the machine, for pair.explainContext."""
        if self.wire is Wire.CHAT:
            return "\n\n".join(f"[{message.role}]\n{message.content}" for message in self.messages)
        return self.text + (f"\n[suffix]\n{self.suffix}" if self.suffix else "")


@dataclass(frozen=True, slots=True)
class Family:
    """Marks of models trained to fill in the middle; `names` are parts of model names."""

    names: tuple[str, ...]
    prefix: str
    suffix: str
    middle: str
    stop: tuple[str, ...]
    suffix_first: bool = False


_PIPED = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_PLAIN = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
_STARCODERS = ("starcoder", "santacoder", "refact", "smollm", "granite", "stable-code", "stablecode")
FAMILIES = (
    Family(("qwen", "seed-coder"), *_PIPED, ("<|endoftext|>", "<|file_sep|>", "<|fim_pad|>", "<|repo_name|>")),
    Family(
        ("deepseek",),
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
        ("<｜end▁of▁sentence｜>", "<｜fim▁begin｜>"),
    ),
    Family(_STARCODERS, *_PLAIN, ("<|endoftext|>", "<file_sep>", "<fim_prefix>")),
    Family(("codellama", "code-llama"), "<PRE> ", " <SUF>", " <MID>", ("<EOT>", "</s>")),
    Family(("codegemma", "codegecko"), *_PIPED, ("<|file_separator|>", "<eos>", "<end_of_turn>")),
    Family(("codestral", "devstral"), "[PREFIX]", "[SUFFIX]", "", ("</s>", "[PREFIX]"), suffix_first=True),
    Family(("codegeex",), "<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", ("<|endoftext|>", "<|user|>")),
)
_WITH_SUFFIX = ("instruct-fim", "gpt-3.5-turbo-instruct", "davinci", "babbage", "mercury-coder")
_CHAT_NAMES = ("instruct", "chat", "-it", "gpt-", "claude", "gemini")
CURSOR = "<CURSOR>"
_SYSTEM = (
    "You complete code in an editor. The user shows a file with the mark <CURSOR>. Answer with exactly the text that"
    " belongs at the mark: no explanation, no markdown, no repetition of what is before or after it. If nothing belongs"
    " there, answer with nothing."
)
_SHOTS = (
    ("python", "def area(width, height):\n    return width * <CURSOR>\n", "height"),
    ("typescript", "for (const user of users) {\n  if (<CURSOR>) {\n    send(user);\n  }\n}\n", "user.isActive"),
)
_LINE_TOKENS, _BLOCK_TOKENS = 64, 220


def wire_of(model: str, asked: str = "auto") -> Wire:
    """Which way a model is spoken to. `asked`: the user's setting (auto, fim, suffix or chat)."""
    if asked != "auto":
        return {"fim": Wire.COMPLETIONS, "suffix": Wire.SUFFIX}.get(asked, Wire.CHAT)
    name = model.lower()
    if any(part in name for part in _WITH_SUFFIX):
        return Wire.SUFFIX
    if family_of(name) is not None and not any(part in name for part in _CHAT_NAMES):
        return Wire.COMPLETIONS
    return Wire.CHAT


def family_of(model: str) -> Family | None:
    name = model.lower()
    return next((family for family in FAMILIES if any(part in name for part in family.names)), None)


def build_prompt(context: Context, model: str, wire: Wire, *, is_block: bool) -> Prompt:
    """Snippets come first, so that the beginning of the prompt changes seldom."""
    tokens = _BLOCK_TOKENS if is_block else _LINE_TOKENS
    if wire is Wire.CHAT:
        return Prompt(wire, "", "", _conversation(context), (), tokens)
    before = _comments(context) + context.prefix
    line_end = () if is_block else ("\n",)
    family = family_of(model) or FAMILIES[0]
    if wire is Wire.SUFFIX:
        return Prompt(wire, before, context.suffix, (), line_end, tokens)
    if family.suffix_first:
        text = f"{family.suffix}{context.suffix}{family.prefix}{before}{family.middle}"
    else:
        text = f"{family.prefix}{before}{family.suffix}{context.suffix}{family.middle}"
    return Prompt(wire, text, "", (), (*line_end, *family.stop)[:4], tokens)


def _conversation(context: Context) -> tuple[Message, ...]:
    shots = [
        message
        for language, shown, answer in _SHOTS
        for message in (Message("user", f"[{language}]\n{shown}"), Message("assistant", answer))
    ]
    others = "".join(f"[{snippet.path}]\n{snippet.text}\n\n" for snippet in context.snippets)
    shown = f"{others}[{context.language_id}] {context.path}\n{context.prefix}{CURSOR}{context.suffix}"
    return (Message("system", _SYSTEM), *shots, Message("user", shown))


def _comments(context: Context) -> str:
    """Other documents as comments above the text, then the document's own path."""
    mark = _comment_mark(context.language_id)
    pieces = [_commented(snippet, mark) for snippet in context.snippets]
    return "".join(pieces) + (f"{mark} Path: {context.path}\n" if context.path and context.snippets else "")


def _commented(snippet: Snippet, mark: str) -> str:
    lines = "\n".join(f"{mark} {line}".rstrip() for line in snippet.text.rstrip("\n").split("\n"))
    return f"{mark} Path: {snippet.path}\n{lines}\n"


def _comment_mark(language_id: str) -> str:
    if language_id in ("python", "shellscript", "ruby", "yaml", "toml", "dockerfile", "makefile", "perl", "r"):
        return "#"
    return "--" if language_id in ("sql", "lua", "haskell") else "//"
