"""The .vsix: the VS Code extension with the language server in it, for every platform, below vscode-extension/dist/."""

import hashlib
from pathlib import Path

from development.node_projects import EXTENSION, fingerprint, install
from development.paths import CACHE, PYTHON, REQUIREMENTS, ROOT
from development.processes import must_run

STAMP = CACHE / "built" / "vsix"


def package_extension() -> Path:
    """The file; made anew when the extension, the server or the lock changed since the last one."""
    inputs = hashlib.sha256((REQUIREMENTS / "run.lock").read_bytes()).hexdigest()
    inputs += fingerprint(EXTENSION.folder) + fingerprint(ROOT / "pair_ls")
    found = sorted((EXTENSION.folder / "dist").glob("*.vsix"))
    if found and STAMP.exists() and STAMP.read_text() == inputs:
        return found[-1]
    install(EXTENSION)
    said = must_run(["node", "scripts/package.mjs", "--python", PYTHON], folder=EXTENSION.folder)
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(inputs)
    return EXTENSION.folder / said.splitlines()[-1].split(":")[0]
