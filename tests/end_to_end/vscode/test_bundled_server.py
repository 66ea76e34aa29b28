"""The server inside the package runs under a Python that has nothing installed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from development.node_projects import EXTENSION
from tests.support.processes import clean_environment

BUNDLED = EXTENSION.folder / "bundled"
NATIVE = {
    ("Linux", "x86_64"): "linux-x64",
    ("Linux", "aarch64"): "linux-arm64",
    ("Darwin", platform.machine()): "darwin",
}
NOT_PACKAGED = "bundled server: the extension is not packaged; `python3 dev.py vsix` does it"


def message(method: str, number: int | None = None, **params: object) -> bytes:
    body = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
    data = json.dumps(body).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(data), data)


def test_the_bundled_server_answers_under_a_bare_python(tmp_path: Path) -> None:
    native = NATIVE.get((platform.system(), platform.machine()))
    if native is None or not (BUNDLED / native).is_dir():
        pytest.skip(NOT_PACKAGED)
    venv.create(tmp_path / "bare", with_pip=False)
    path = os.pathsep.join([str(BUNDLED / "libs"), str(BUNDLED / native)])
    environment = clean_environment({"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "HOME": str(tmp_path)})
    work = tmp_path / "work"
    work.mkdir()
    talk = [message("initialize", 1, capabilities={}, processId=None, rootUri=work.as_uri()), message("initialized")]
    done = subprocess.run(
        [str(tmp_path / "bare" / "bin" / "python"), "-m", "pair_ls", "lsp", "--stdio"],
        input=b"".join([*talk, message("shutdown", 2), message("exit")]),
        capture_output=True,
        env=environment,
        timeout=50,
        check=False,
        cwd=work,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b'"inlineCompletionProvider"' in done.stdout
    assert b'"pair.share"' in done.stdout
    assert b'"id": 2' in done.stdout


def test_the_package_is_at_most_ten_megabytes(record_property: Callable[[str, object], None]) -> None:
    packages = sorted((EXTENSION.folder / "dist").glob("*.vsix"))
    if not packages:
        pytest.skip(NOT_PACKAGED)
    size_bytes = packages[-1].stat().st_size
    record_property("measured: VS Code extension with its server", f"{size_bytes / 1e6:.1f} MB for all platforms")
    assert size_bytes <= 10_000_000
