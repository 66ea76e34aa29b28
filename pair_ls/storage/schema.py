"""Bring a database to the schema of this version: Alembic's migrations, run from inside the package at every start."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from pair_ls.errors import StoreUnavailable

_SCRIPTS = "pair_ls.storage:migrations"


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the transaction of `connection`."""
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        sentence = "The database was made by a newer pair-ls; start that version, or use another database."
        raise StoreUnavailable(sentence, code="store-too-new") from error


def is_current(connection: Connection) -> bool:
    """Whether nothing is missing."""
    heads = ScriptDirectory.from_config(_config()).get_heads()
    return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config
