"""`pair-ls lsp`: one process between an editor that speaks LSP and a room. A shell: it does what the cores say."""

from collections.abc import Callable

from pair_ls.settings import LanguageServerSettings


def serve(read_settings: Callable[[], LanguageServerSettings]) -> int:
    """Talk LSP on stdin and stdout until the editor ends it; the exit code. Changed settings are read again."""
    # Imported here: `pair-ls share` and `join` want nothing of the LSP libraries, which take most of the start-up time.
    from pair_ls.language_server.server import run

    return run(read_settings)


__all__ = ["serve"]
