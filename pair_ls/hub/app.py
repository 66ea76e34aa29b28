"""The HTTP side of the hub: routes, errors, borders; and the lifespan that hands the hub to routes and sockets."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI

from pair_ls import __version__
from pair_ls.engines.autocomplete import Autocomplete
from pair_ls.engines.endpoint import engine_of, policy_of
from pair_ls.hub import (
    completion_api,
    docs_page,
    documents_api,
    health_api,
    history_api,
    page_files,
    problem,
    rights_api,
    rooms_api,
)
from pair_ls.hub.border import Border
from pair_ls.hub.hub import Hub
from pair_ls.hub.page_files import PageFiles

_ABOUT = "Rooms in which people write the same files from different editors. Websockets: see docs/protocol.md."
_BODY_OVERHEAD = 64 << 10

# What the lifespan yields becomes `request.state` and the sockets' `app_state`: any names, any values.
State = dict[str, Any]


def make_app(hub: Hub) -> FastAPI:
    """The app of one hub, which starts with it and ends with it."""
    app = FastAPI(
        title="pair-ls hub",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(hub),
    )
    for part in (
        rooms_api,
        rights_api,
        documents_api,
        history_api,
        completion_api,
        health_api,
        docs_page,
        page_files,
    ):
        app.include_router(part.router)
    problem.install(app, hub.counters, hub.pace)
    most_bytes = hub.settings.max_document_bytes * 2 + _BODY_OVERHEAD
    app.add_middleware(Border, origins=hub.origins, most_bytes=most_bytes)
    return app


def _lifespan(hub: Hub) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        autocomplete = Autocomplete(policy_of(hub.settings.completion), engine_of(hub.settings.completion))
        hub.start()
        yield {"hub": hub, "page_files": PageFiles(), "autocomplete": autocomplete}
        await autocomplete.close()
        await hub.stop()

    return lifespan
