"""The requests and notifications that pygls hands over, all but those of typing. A handler: read, one call, answer."""

from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pair_ls.language_server.client import client_of
from pair_ls.language_server.custom_methods import CURSOR
from pair_ls.language_server.workspace import Workspace
from pair_ls.text import Position

EVERY_FILE = types.FileOperationRegistrationOptions(
    filters=[types.FileOperationFilter(pattern=types.FileOperationPattern(glob="**/*"), scheme="file")]
)


def register_features(server: LanguageServer, workspace: Callable[[], Workspace]) -> None:
    """Tell pygls about all of them. `workspace` gives the one that `serve` has made."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        workspace().begin(client_of(params))

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        workspace().initialized()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions(include_text=True))
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        workspace().saved(params.text_document.uri, params.text)

    @server.feature(types.WORKSPACE_WILL_RENAME_FILES, EVERY_FILE)
    def will_rename(params: types.RenameFilesParams) -> None:
        workspace().files_renamed([(file.old_uri, file.new_uri) for file in params.files], is_done=False)

    @server.feature(types.WORKSPACE_DID_RENAME_FILES, EVERY_FILE)
    def did_rename(params: types.RenameFilesParams) -> None:
        workspace().files_renamed([(file.old_uri, file.new_uri) for file in params.files], is_done=True)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        return inlay_hints(workspace(), params.text_document.uri, params.range)

    # Two questions that editors ask by themselves when the caret rests: we have no answer, but learn where it is.

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def document_highlight(params: types.DocumentHighlightParams) -> None:
        place = position(params.position)
        workspace().caret(params.text_document.uri, place, place)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    def code_action(params: types.CodeActionParams) -> None:
        if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
            workspace().caret(params.text_document.uri, position(params.range.start), position(params.range.end))

    @server.feature(CURSOR)
    def cursor(params: Any) -> None:
        # A method of our own: pygls gives its parameters as an object with their names, hence Any.
        workspace().caret(params.uri, position(params.anchor), position(params.head))


def inlay_hints(workspace: Workspace, uri: str, shown: types.Range) -> list[types.InlayHint]:
    """The others' carets in the part of the document that is shown, as `|name`; none if the editor draws them."""
    document = workspace.documents.get(uri)
    if document is None or workspace.client.draws_cursors:
        return []
    return [
        types.InlayHint(
            position=types.Position(line=cursor.head.line, character=cursor.head.character),
            label=f"|{cursor.person.name}",
        )
        for cursor in workspace.presence.cursors(document)
        if shown.start.line <= cursor.head.line <= shown.end.line
    ]


def position(said: Any) -> Position:
    """A position as lsprotocol or pygls has it (both have these names, no common type)."""
    return Position(said.line, said.character)
