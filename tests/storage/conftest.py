"""Every kind of store, open and empty."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from pair_ls.storage import MEMORY_URL, Store, open_store


def address(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "memory":
        return MEMORY_URL
    if kind.startswith("sqlite"):
        return f"sqlite:///{folder / 'hub.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest_asyncio.fixture(params=["memory", "sqlite", "sqlite, logged", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(
        address(request.param, tmp_path, request),
        spool_file=tmp_path / "spool.sqlite3",
        log_sql=request.param == "sqlite, logged",  # SQL that is logged goes another way
    )
    yield opened
    await opened.close()
