"""The requests and notifications of completion. A handler: read, one call, answer; these alone may wait.

The notifications have the names that clients of other inline completion servers send already.
"""

from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pair_ls.language_server import completion
from pair_ls.language_server.completion import TRIGGER_CHARACTERS
from pair_ls.language_server.custom_methods import COMPLETION_ACCEPTED, EXPLAIN_CONTEXT
from pair_ls.language_server.workspace import Workspace
from pair_ls.settings import LanguageServerSettings
from pair_ls.text import Position


def register_completion(
    server: LanguageServer, workspace: Callable[[], Workspace], settings: Callable[[], LanguageServerSettings]
) -> None:
    """Tell pygls about all of them. `settings` reads them anew."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(_: types.DidChangeConfigurationParams) -> None:
        # What the editor sends is its own; ours are in the configuration file and the environment.
        workspace().completion.configure(settings().completion)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(
            trigger_characters=TRIGGER_CHARACTERS,
            resolve_provider=True,
            completion_item=types.ServerCompletionItemOptions(label_details_support=True),
        ),
    )
    async def items(params: types.CompletionParams) -> types.CompletionList:
        return await workspace().completion.items(params)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        return completion.resolve(item)

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline(params: types.InlineCompletionParams) -> types.InlineCompletionList:
        return await workspace().completion.inline(params)

    @server.command(COMPLETION_ACCEPTED)
    def accepted(number: Any = None) -> None:
        # The argument is whatever JSON the client sends back, hence Any.
        if isinstance(number, int):
            workspace().completion.feedback.accepted(number)

    @server.command(EXPLAIN_CONTEXT)
    async def explain(place: Any = None) -> dict[str, Any]:
        where = _fields(place)
        position = _fields(where.get("position"))
        return await workspace().completion.explain(
            str(where.get("uri", "")), Position(int(position.get("line", 0)), int(position.get("character", 0)))
        )

    @server.feature("textDocument/didShowCompletion")
    def shown(params: Any) -> None:
        number = _number(params)
        if number is not None:
            workspace().completion.feedback.shown(number)

    @server.feature("textDocument/didPartiallyAcceptCompletion")
    def partly_accepted(params: Any) -> None:
        number = _number(params)
        if number is not None:
            workspace().completion.feedback.partly_accepted(number, int(_fields(params).get("acceptedLength", 0)))

    @server.feature("textDocument/didFocus")
    def focus(params: Any) -> None:
        """Nothing depends on it; clients of other servers send it, and must not be told that it is unknown."""


# Parameters of methods of our own come as nested objects or dicts, hence Any.
def _fields(said: Any) -> dict[str, Any]:
    if isinstance(said, dict):
        return said
    if hasattr(said, "_asdict"):
        return dict(said._asdict())
    return dict(vars(said)) if hasattr(said, "__dict__") else {}


def _number(params: Any) -> int | None:
    """The number in the command of the item that a notification is about."""
    command = _fields(_fields(_fields(params).get("item")).get("command"))
    arguments = command.get("arguments") or []
    return arguments[0] if arguments and isinstance(arguments[0], int) else None
