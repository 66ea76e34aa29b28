"""The hub's log: one line per event on stderr, as text or JSON. Ids and counts only; no access log, it has tokens."""

import logging
import sys
from typing import Any

import structlog

from pair_ls.settings import HubSettings, LogFormat


def configure(settings: HubSettings) -> None:
    """Send structlog and the libraries' own logging the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.value.upper()]
    shared: list[Any] = [  # structlog's processors have no common type of their own
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    is_json = settings.log_format is LogFormat.JSON
    last: Any = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer(colors=False)
    tail = [structlog.processors.format_exc_info, last] if is_json else [last]
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
