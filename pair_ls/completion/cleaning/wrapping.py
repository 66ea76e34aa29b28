"""Removes what models wrap around code: thoughts, special tokens, fences, prose, and the text they were shown."""

import re

from pair_ls.completion.cleaning.situation import Situation

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>\s*|\Z)", re.DOTALL)
_END_TOKENS = re.compile(
    r"<\|(?:endoftext|end_of_text|im_end|eot_id|end|file_separator|file_sep|repo_name|cursor)\|>|<EOT>|</s>|<eos>"
    r"|<\|?(?:fim_pad|file_sep|reponame|filename|gh_stars)\|?>|<end_of_turn>|\[DONE\]|\[/CODE\]|</COMPLETION>|</code>"
)
_OTHER_TOKENS = re.compile(
    r"<\|?(?:fim_prefix|fim_middle|fim_suffix|fim▁begin|fim▁hole|fim▁end|im_start|start_header_id|end_header_id)\|?>"
    r"|<｜fim▁(?:begin|hole|end)｜>|<(?:PRE|SUF|MID)>|\[(?:PREFIX|MIDDLE|SUFFIX|CODE)\]|<COMPLETION>|<code>|<s>|<CURSOR>"
)
_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n(.*?)(?:\n?[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"\A\s*`([^`\n]+)`\s*\Z")
_LEAST_ECHO = 3


def use_line_feeds(text: str, situation: Situation) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def drop_thoughts(text: str, situation: Situation) -> str:
    """An unfinished thought means that there is no answer yet."""
    text = _THOUGHT.sub("", text)
    stray = text.rfind("</think>")
    return text[stray + len("</think>") :].lstrip("\n") if stray >= 0 else text


def drop_special_tokens(text: str, situation: Situation) -> str:
    end = _END_TOKENS.search(text)
    return _OTHER_TOKENS.sub("", text[: end.start()] if end else text)


def unwrap_fence(text: str, situation: Situation) -> str:
    """The inside of the first fenced block, with or without prose around it; a lone fence ends the answer."""
    if "```" not in text and "~~~" not in text:
        inline = _INLINE.match(text)
        # A template string or a shell substitution is code: only what looks like markdown is unwrapped.
        return inline[1] if inline and not situation.line_before.rstrip().endswith(("=", "(", ",", "return")) else text
    if "```" in situation.line_before:
        return text
    found = _FENCED.search(text)
    if found and not (text[: found.start()].strip() and _closes(text, found)):
        return found[2]
    end = min(at for at in (text.find("```"), text.find("~~~")) if at >= 0)
    return text[:end].rstrip("\n") if end else re.sub(r"\A[`~]+\w*\n?", "", text)


def _closes(text: str, found: re.Match[str]) -> bool:
    """Code, then a fence with nothing behind it: the fence closes the answer, it does not open one."""
    return not text[found.start() :].strip().strip("`~").strip()


def drop_echo(text: str, situation: Situation) -> str:
    """Models repeat what stands before the cursor: the line, or several. The longest such repetition goes."""
    above = situation.prefix[-4000:].split("\n")
    for count in range(min(len(above), 12), 0, -1):
        tail = "\n".join(above[-count:])
        shown = tail.strip() if count > 1 else tail.lstrip()
        body = text.lstrip() if count > 1 else text.lstrip(" \t")
        if len(shown.strip()) >= _LEAST_ECHO and body.startswith(shown) and _is_echo(body, shown):
            rest = body[len(shown) :]
            return rest.lstrip(" ") if tail.endswith(" ") and not shown.endswith(" ") else rest
    return text


def _is_echo(body: str, shown: str) -> bool:
    """`in` before `int x` is no echo: the repetition must end where a word ends, or the line be more than a word."""
    following = body[len(shown) : len(shown) + 1]
    word_goes_on = following.isalnum() and shown[-1:].isalnum()
    return not word_goes_on or len(shown.split()) > 1


def drop_indent_twice(text: str, situation: Situation) -> str:
    """The cursor stands behind spaces: the answer must not bring them again."""
    before = situation.line_before
    if not before.strip():
        first, *rest = text.split("\n", 1)
        stripped = first.lstrip(" \t")
        given = len(first) - len(stripped)
        missing = first[:given][len(before) :] if first.startswith(before) and not rest else ""
        return "\n".join([missing + stripped if missing and not before else stripped, *rest]) if stripped else text
    return text.lstrip(" \t") if before.endswith((" ", "\t")) else text
