"""Completion for one editor: what LSP asks becomes a question to the driver, candidates become items and ghost text.

Both doors share one engine. Positions are the editor's; the text is what the editor has told us last.
"""

import asyncio
import dataclasses
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types

from pair_ls.completion.candidate import Candidate, Kind, Source, level_of
from pair_ls.completion.context import OtherDocument
from pair_ls.completion.feedback import Feedback
from pair_ls.completion.request import Door, Trigger
from pair_ls.completion.status import CompletionStatus
from pair_ls.engines.completion_driver import Asked, CompletionDriver
from pair_ls.engines.endpoint import engine_of, policy_of
from pair_ls.language_server.client import Client, path_of
from pair_ls.language_server.completion_exclusions import DocumentExclusions
from pair_ls.language_server.completion_room import RoomDocuments, RoomTexts
from pair_ls.language_server.custom_methods import COMPLETION_ACCEPTED
from pair_ls.language_server.documents import OpenDocument, OpenDocuments
from pair_ls.language_server.learning import Code, learn_folder
from pair_ls.room.effects import ReplicaEffect
from pair_ls.settings import CompletionSettings
from pair_ls.text import ContentChange, LineIndex, Position, PositionEncoding

log = logging.getLogger(__name__)

TRIGGER_CHARACTERS = [".", ":", ">", "(", '"', "/", "@"]
_MOST_OPEN = 20
_MOST_REPLACED = 10_000  # characters behind the cursor that an answer may replace


class Completion:
    """Told of documents as they come and go; answers requests. `changed` is called when the status may have changed."""

    def __init__(self, settings: CompletionSettings, documents: OpenDocuments, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._documents = documents
        self._driver = CompletionDriver(
            policy_of(settings), engine_of(settings), on_status=changed, others=self._others
        )
        self._client = Client()
        self._exclusions = DocumentExclusions()
        self._looking_above: set[Path] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._room = RoomDocuments(self)
        self.feedback = Feedback()

    # ---- the editor's session ----

    def begin(self, client: Client) -> None:
        """`initialize`."""
        self._client = client
        self._exclusions.begin(client.folders)
        self._driver.items_ask_endpoint(not client.shows_ghost_text)
        for root in client.folders:
            self._start(self._enter(root))

    def configure(self, settings: CompletionSettings) -> None:
        """The settings may have changed; what an endpoint has refused is tried again."""
        self._settings = settings
        policy = dataclasses.replace(policy_of(settings), items_ask_endpoint=not self._client.shows_ghost_text)
        self._driver.configure(policy, engine_of(settings))

    def opened(self, document: OpenDocument) -> None:
        """didOpen."""
        path = path_of(document.uri)
        if path is not None:
            self._look_above(path)
        text = _text_of(document)
        self._driver.opened(document.uri, document.language, text)

    def edited(self, document: OpenDocument, changes: Sequence[ContentChange]) -> None:
        """didChange: what was edited lately is worth showing an endpoint that is asked about another document."""
        last = changes[-1] if changes else None
        if last is not None and last.range is not None:
            first = last.range.start.line
            document.edited_lines = (first, first + last.text.count("\n"))

    def closed(self, document: OpenDocument) -> None:
        """didClose."""
        self._driver.closed(document.uri)

    def saved(self, document: OpenDocument) -> None:
        """didSave: an ignore file may have changed."""
        path = path_of(document.uri)
        for root in self._exclusions.changed(path) if path is not None else ():
            self._start(self._exclusions.read(root))

    def entered(self, room: RoomTexts) -> None:
        """A room was entered."""
        self._room.entered(room, asyncio.get_running_loop())

    def left(self) -> None:
        """In no room any more."""
        self._room.left()

    def room_effect(self, effect: ReplicaEffect) -> None:
        """The room changed."""
        self._room.effect(effect)

    async def stop(self) -> None:
        """The editor is done."""
        self._room.left()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._driver.stop()

    # ---- requests ----

    async def items(self, params: types.CompletionParams) -> types.CompletionList:
        """textDocument/completion"""
        document = self._documents.get(params.text_document.uri)
        if document is None:
            return types.CompletionList(is_incomplete=False, items=[])
        invoked = params.context is None or params.context.trigger_kind == types.CompletionTriggerKind.Invoked
        asked = self._asked(document, params.position, Door.ITEMS, Trigger.INVOKED if invoked else Trigger.AUTOMATIC)
        near = self._near(document, asked)
        answered = await self._driver.complete(asked)
        items = [_item(candidate, number, asked, near) for number, candidate in enumerate(answered.candidates)]
        return types.CompletionList(is_incomplete=answered.is_incomplete, items=items)

    async def inline(self, params: types.InlineCompletionParams) -> types.InlineCompletionList:
        """textDocument/inlineCompletion"""
        document = self._documents.get(params.text_document.uri)
        if document is None:
            return types.InlineCompletionList(items=[])
        invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
        asked = self._asked(
            document,
            params.position,
            Door.INLINE,
            Trigger.INVOKED if invoked else Trigger.AUTOMATIC,
            params.context.selected_completion_info,
        )
        near = self._near(document, asked)
        answered = await self._driver.complete(asked)
        return types.InlineCompletionList(items=[self._ghost(one, asked, near) for one in answered.candidates])

    async def explain(self, uri: str, position: Position) -> dict[str, Any]:
        """Exactly what would be sent for this place. Nothing is sent."""
        document = self._documents.get(uri)
        if document is None:
            return {"summary": "This document is not open.", "prompt": None}
        asked = self._asked(document, position, Door.INLINE, Trigger.INVOKED)
        explained = None if asked.reason_off else await self._driver.explain(asked)
        if explained is None:
            has_endpoint = self._driver.engine is not None
            why = f"it is excluded ({asked.reason_off})" if has_endpoint else "no endpoint is configured"
            return {"summary": f"Nothing of this document leaves your machine: {why}.", "prompt": None}
        prompt = explained.prompt
        shown = prompt.shown()
        return {
            "summary": f"{len(shown)} characters would be sent ({prompt.wire.value}). {explained.status.summary}.",
            "prompt": shown,
            "api": prompt.wire.value,
            "body": explained.body,
        }

    def status(self) -> CompletionStatus:
        """One line for the user."""
        return self._driver.status()

    # ---- Learner ----

    def learn_room_text(self, uri: str, language_id: str, text: str) -> bool:
        """A document of the room that is not open. False while it is not known whether it may be learned from."""
        path = path_of(uri)
        if not self._settings.learn_folder or path is None or self._driver.learned_text(uri) == text:
            return True
        if not self._exclusions.is_known(path):
            self._look_above(path)
            return False
        if not self._reason_off(uri, text):
            self._driver.learn(uri, language_id, text)
        return True

    def forget_room_text(self, uri: str) -> None:
        """The document is gone, or is called otherwise."""
        if not self.is_open(uri):
            self._driver.forget(uri)

    def learned_text(self, uri: str) -> str | None:
        """What was learned last."""
        return self._driver.learned_text(uri)

    def is_open(self, uri: str) -> bool:
        """In the editor."""
        return self._documents.get(uri) is not None

    # ---- inside ----

    def _asked(
        self,
        document: OpenDocument,
        position: types.Position | Position,
        door: Door,
        trigger: Trigger,
        selected: types.SelectedCompletionInfo | None = None,
    ) -> Asked:
        lines = document.binding.editor_text.lines
        encoding = self._client.encoding
        offset = lines.offset(Position(position.line, position.character), encoding)
        start = None
        if selected is not None:
            start = lines.offset(Position(selected.range.start.line, selected.range.start.character), encoding)
        text = _text_of(document)
        return Asked(
            uri=document.uri,
            language_id=document.language,
            text=text,
            offset=min(offset, len(text)),
            door=door,
            trigger=trigger,
            reason_off=self._reason_off(document.uri, text),
            selected=selected.text if selected is not None else "",
            selected_from=start,
        )

    def _near(self, document: OpenDocument, asked: Asked) -> "_Near":
        lines, encoding = document.binding.editor_text.lines, self._client.encoding
        first = asked.offset if asked.selected_from is None else min(asked.offset, asked.selected_from)
        line = lines.position(first, encoding).line
        start = lines.offset(Position(line, 0), encoding)
        return _Near(LineIndex(asked.text[start : asked.offset + _MOST_REPLACED]), start, line, encoding)

    def _reason_off(self, uri: str, text: str) -> str:
        """Why nothing of this document may leave the machine; "" if it may."""
        path = path_of(uri)
        if path is not None and not self._exclusions.is_known(path):
            self._look_above(path)
        return self._exclusions.reason(uri, text)

    def _look_above(self, path: Path) -> None:
        """Once for each folder that the editor has not open."""
        if self._exclusions.root_of(path) is None and path.parent not in self._looking_above:
            self._looking_above.add(path.parent)
            self._start(self._read_above(path.parent))

    async def _read_above(self, folder: Path) -> None:
        await self._exclusions.read_above(folder)
        self._looking_above.discard(folder)

    def _others(self, uri: str) -> list[OtherDocument]:
        """What may be shown beside a document: the other open ones, then those of the room."""
        found: list[OtherDocument] = []
        for other in self._documents:
            if other.uri != uri and len(found) < _MOST_OPEN:
                self._add_other(found, other.uri, _text_of(other), other.edited_lines)
        for uri_in_room, text, edited_lines in self._room.texts(uri):
            self._add_other(found, uri_in_room, text, edited_lines)
        return found

    def _add_other(self, found: list[OtherDocument], uri: str, text: str, edited_lines: tuple[int, int] | None) -> None:
        path = path_of(uri)
        if path is not None and not self._reason_off(uri, text):
            found.append(OtherDocument(self._exclusions.name_of(path), text, edited_lines))

    def _ghost(self, candidate: Candidate, asked: Asked, near: "_Near") -> types.InlineCompletionItem:
        start = asked.offset
        text = candidate.text
        if asked.selected:
            start = asked.offset if asked.selected_from is None else asked.selected_from
            text = asked.selected + text
        number = next(self._numbers)
        return types.InlineCompletionItem(
            insert_text=text,
            range=near.range(start, asked.offset + candidate.replace_after),
            # An inline item has no other field for how sure we are: clients that show it read it here.
            command=types.Command(_how_sure(candidate), COMPLETION_ACCEPTED, arguments=[number]),
        )

    async def _enter(self, root: Path) -> None:
        exclusions = await self._exclusions.read(root)
        if self._settings.learn_folder:
            await learn_folder(root, exclusions, self._learn)

    def _learn(self, code: Code) -> None:
        self._driver.learn(code.path.as_uri(), code.language_id, code.text)

    # Some coroutine of ours, which returns nothing: hence Any.
    def _start(self, coroutine: Any) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass(frozen=True, slots=True)
class _Near:
    """The text around a cursor as it was when the request came: others may edit the document meanwhile, but the answer
    must speak of what the editor has asked about."""

    lines: LineIndex
    start: int
    first_line: int
    encoding: PositionEncoding

    def range(self, start: int, end: int) -> types.Range:
        """Of offsets in the document."""
        return types.Range(self._position(start), self._position(end))

    def _position(self, offset: int) -> types.Position:
        found = self.lines.position(offset - self.start, self.encoding)
        return types.Position(self.first_line + found.line, found.character)


def _text_of(document: OpenDocument) -> str:
    return document.binding.editor_text.lines.text()


def _item(candidate: Candidate, number: int, asked: Asked, near: "_Near") -> types.CompletionItem:
    """Sorted by confidence, whatever the editor thinks of the labels."""
    start = asked.offset - candidate.replace_before
    inserted = candidate.text
    label = inserted.split("\n", 1)[0].strip() or inserted
    filter_text = None
    if candidate.kind is Kind.TEXT:
        word = _word(asked.text, asked.offset)
        start, inserted = asked.offset - len(word), word + inserted
        label, filter_text = word + label, word + label
    source = _source(candidate)
    return types.CompletionItem(
        label=label[:80],
        label_details=types.CompletionItemLabelDetails(description=_how_sure(candidate)),
        kind=types.CompletionItemKind.Variable if candidate.kind is Kind.NAME else types.CompletionItemKind.Snippet,
        sort_text=f"{number:03}",
        filter_text=filter_text,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(near.range(start, asked.offset + candidate.replace_after), inserted),
        data={"text": inserted, "confidence": candidate.confidence, "source": source},
    )


def _source(candidate: Candidate) -> str:
    return "offline" if candidate.source is Source.OFFLINE else "model"


def _how_sure(candidate: Candidate) -> str:
    """For a person: who proposes, and the confidence: "model · high 83%"."""
    return f"{_source(candidate)} · {level_of(candidate.confidence)} {candidate.confidence:.0%}"


def resolve(item: types.CompletionItem) -> types.CompletionItem:
    """completionItem/resolve: the whole text, and how sure we are, in words."""
    data = item.data if isinstance(item.data, dict) else {}
    text, confidence = str(data.get("text", item.label)), float(data.get("confidence", 0.0))
    who = "learned from the open code" if data.get("source") == "offline" else "the configured model"
    item.detail = f"{level_of(confidence)} confidence ({confidence:.0%}), {who}"
    item.documentation = types.MarkupContent(types.MarkupKind.PlainText, text)
    return item


def _word(text: str, offset: int) -> str:
    start = offset
    while start and (text[start - 1].isalnum() or text[start - 1] in "_$"):
        start -= 1
    return text[start:offset]
