"""What the editor said about itself in `initialize`, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from lsprotocol import types

from pair_ls.editor.document_path import file_of
from pair_ls.text import PositionEncoding


@dataclass(frozen=True, slots=True)
class Client:
    """The editor. The last four: what it draws, answers and wants itself (custom_methods)."""

    name: str = ""
    version: str = ""
    encoding: PositionEncoding = PositionEncoding.UTF16
    folders: tuple[Path, ...] = ()
    answers_configuration: bool = False
    refreshes_inlay_hints: bool = False
    shows_documents: bool = False
    shows_progress: bool = False
    renames_files: bool = False
    shows_ghost_text: bool = False
    draws_cursors: bool = False
    wants_status: bool = False
    answers_apply_edit: bool = False
    trusts_folders: bool = True  # a folder may say by its `.pair-ls` which room it is in
    process_id: int = 0  # of the editor, which may outlive its language server


def client_of(params: types.InitializeParams) -> Client:
    """Read `initialize`; what is missing counts as not there."""
    workspace, window = params.capabilities.workspace, params.capabilities.window
    own = _own_options(params.initialization_options)
    return Client(
        name=params.client_info.name if params.client_info else "",
        version=(params.client_info.version or "") if params.client_info else "",
        encoding=_encoding(params.capabilities.general),
        folders=_folders(params),
        answers_configuration=bool(workspace and workspace.configuration),
        refreshes_inlay_hints=bool(workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support),
        shows_documents=bool(window and window.show_document and window.show_document.support),
        shows_ghost_text=_shows_ghost_text(params.capabilities),
        shows_progress=bool(window and window.work_done_progress),
        renames_files=_renames_files(workspace),
        draws_cursors=bool(own.get("cursors")),
        wants_status=bool(own.get("status")),
        answers_apply_edit=bool(own.get("applyEdit")),
        trusts_folders=bool(own.get("trustsFolders", True)),
        process_id=params.process_id or os.getppid(),
    )


def _renames_files(workspace: types.WorkspaceClientCapabilities | None) -> bool:
    edit = workspace.workspace_edit if workspace else None
    return bool(edit and types.ResourceOperationKind.Rename in (edit.resource_operations or ()))


def _shows_ghost_text(capabilities: types.ClientCapabilities) -> bool:
    document = capabilities.text_document
    return document is not None and document.inline_completion is not None


def path_of(uri: str) -> Path | None:
    """The file of a `file:` uri on this machine; None for every other uri."""
    file = file_of(uri, PurePath())
    return None if file is None else Path(file)


def is_alive(process_id: int) -> bool:
    """Whether there is such a process; where one cannot ask, there is."""
    if os.name != "posix":
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _encoding(general: types.GeneralClientCapabilities | None) -> PositionEncoding:
    """UTF-16 if it is offered (all editors do), else the first one that we know, else what LSP says then: UTF-16."""
    offered = [str(getattr(one, "value", one)) for one in (general and general.position_encodings) or ()]
    known = [encoding for name in offered for encoding in PositionEncoding if encoding.value == name]
    return PositionEncoding.UTF16 if PositionEncoding.UTF16 in known or not known else known[0]


def _folders(params: types.InitializeParams) -> tuple[Path, ...]:
    uris = [folder.uri for folder in params.workspace_folders or ()]
    if not uris and params.root_uri:
        uris = [params.root_uri]
    paths = [path for path in map(path_of, uris) if path is not None]
    if not paths and params.root_path:
        paths = [Path(params.root_path)]
    return tuple(paths)


def _own_options(options: Any) -> Mapping[str, Any]:
    # initializationOptions is any JSON; pygls may hand it over as a dict or as an object, hence Any.
    own = options.get("pair") if isinstance(options, Mapping) else getattr(options, "pair", None)
    if isinstance(own, Mapping):
        return own
    return {} if own is None else vars(own) if hasattr(own, "__dict__") else own._asdict()
