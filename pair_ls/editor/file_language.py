"""The LSP language id of a file that no editor has opened, by its name. Pure; the editor that opens it knows better."""

_LANGUAGES = {
    "bash": "shellscript", "c": "c", "cc": "cpp", "clj": "clojure", "cpp": "cpp", "cs": "csharp", "css": "css",
    "dart": "dart", "el": "elisp",
    "ex": "elixir", "exs": "elixir", "go": "go", "h": "c", "hpp": "cpp", "hs": "haskell", "html": "html",
    "java": "java", "jl": "julia",
    "js": "javascript", "json": "json", "jsx": "javascriptreact", "kt": "kotlin", "lua": "lua", "md": "markdown",
    "mjs": "javascript",
    "php": "php", "pl": "perl", "py": "python", "pyi": "python", "r": "r", "rb": "ruby", "rs": "rust",
    "rst": "restructuredtext",
    "scala": "scala", "scss": "scss", "sh": "shellscript", "sql": "sql", "swift": "swift", "tex": "latex",
    "toml": "toml",
    "ts": "typescript", "tsx": "typescriptreact", "vue": "vue", "xml": "xml", "yaml": "yaml", "yml": "yaml",
    "zig": "zig",
}  # fmt: skip
_NAMES = {"makefile": "makefile", "dockerfile": "dockerfile"}


def language_of(path: str) -> str:
    """A language id, "plaintext" if the name says nothing."""
    name = path.rpartition("/")[2].lower()
    return _NAMES.get(name) or _LANGUAGES.get(name.rpartition(".")[2], "plaintext")
