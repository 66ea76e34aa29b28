"""What tests ask of an editor whose language server keeps a folder in step with the room."""

from pathlib import Path
from typing import Any

from pair_ls.language_server.folder.shared_folder import SharedFolder
from tests.language_server.inside import EditorInside, bound
from tests.support.json_rpc import until


def shared_folder(editor: EditorInside) -> SharedFolder:
    shared = editor.pair_server.pair._shared
    assert shared is not None
    return shared


async def has_in_common(editor: EditorInside, *paths: str) -> None:
    """Folder and room have these files, and it is written down."""

    def is_so() -> bool:
        shared = editor.pair_server.pair._shared
        return shared is not None and {record.path for _, record in shared.records} >= set(paths)

    await until(is_so, what=f"{paths} are in common")


async def share(editor: EditorInside, **texts: str) -> None:
    """Files name.txt, that no editor has open afterwards."""
    for name, text in texts.items():
        editor.open(f"{name}.txt", text)
        await bound(editor, f"{name}.txt")
        editor.save(f"{name}.txt")
    await has_in_common(editor, *(f"{name}.txt" for name in texts))
    for name in texts:
        editor.close(f"{name}.txt")


async def ask_hub(editor: EditorInside, method: str, document: str, **params: str) -> Any:
    """About the document at this path; the hub's answer is JSON, hence Any."""
    shared = shared_folder(editor)
    ids = {entry.path: document_id for document_id, entry in shared.entries.items()}
    return await shared.link.request(method, {"documentId": ids[document], **params})


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


async def disk_has(folder: Path, texts: dict[str, str]) -> None:
    await until(lambda: files(folder) == texts, what=f"{folder.name} has {sorted(texts)}")
