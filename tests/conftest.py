"""What every test may ask for: real processes with everything cleaned up behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support.hub_process import HubProcess
from tests.support.node import Node

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

# A property's time is bounded by the test's own timeout; a failure prints what repeats it.
hypothesis.settings.register_profile("pair-ls", deadline=None, print_blob=True)
hypothesis.settings.load_profile("pair-ls")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One cluster per run and worker, started when the first test asks."""
    from tests.support.postgres import PostgresServer

    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A fresh, empty PostgreSQL database."""
    from tests.support.postgres import create_database, given_url

    given = given_url()
    if given is not None:
        return create_database(given)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.create_database()


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[Callable[..., HubProcess]]:
    """Starts hubs that answer; arguments as of `HubProcess`, each with a folder of its own unless `folder` is given."""
    hubs: list[HubProcess] = []

    def start(folder: Path | None = None, **options: object) -> HubProcess:
        hub = HubProcess(folder or tmp_path / f"hub-{len(hubs)}", **options)  # type: ignore[arg-type]  # checked there
        hubs.append(hub)
        return hub.__enter__()

    yield start
    for hub in hubs:
        hub.__exit__(None, None, None)


@pytest.fixture
def hub(start_hub: Callable[..., HubProcess]) -> HubProcess:
    """One hub on SQLite, open to all on the loopback."""
    return start_hub()


@pytest.fixture(scope="session")
def node() -> Node:
    """Node.js with the packages of tests/node."""
    return Node()
