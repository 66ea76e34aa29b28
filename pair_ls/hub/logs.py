"""The hub's log: one line per event on stderr, as text or JSON. Ids and counts only; no access log, it has tokens.

Of an exception it tells where and of what kind, never its message nor any value: those of other libraries quote what
they were given, which may be somebody's text or token.
"""

import asyncio
import logging
import sys
from types import TracebackType
from typing import Any, TextIO

import structlog

from pair_ls.errors import places
from pair_ls.settings import HubSettings, LogFormat

Raised = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(settings: HubSettings) -> None:
    """Send structlog and the libraries' own logging the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.value.upper()]
    shared: list[Any] = [  # structlog's processors have no common type of their own
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    is_json = settings.log_format is LogFormat.JSON
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=write_places)
    told = structlog.processors.ExceptionRenderer(lambda raised: "\n".join(places(raised[1])))
    tail: list[Any] = [told, structlog.processors.JSONRenderer()] if is_json else [console]
    structlog.configure(
        processors=[*shared, *tail],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail]
    )
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in ("uvicorn", "uvicorn.error", "alembic", "asyncio", "websockets"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    if settings.log_sql:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)


def write_places(stream: TextIO, raised: Raised) -> None:
    """For the console."""
    stream.write("\n" + "\n".join(places(raised[1])))


def unhandled(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the event loop wants told of (its own shape, hence Any): its message only, not the values beside it."""
    structlog.get_logger(__name__).error(context["message"], exc_info=context.get("exception"))
