"""Opening a store: schema, locks, and what a person is told when it does not work."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pair_ls.errors import SettingsError, StoreUnavailable
from pair_ls.storage import open_store
from pair_ls.storage.hub_lock import FileLock
from tests.storage.records import filled, update
from tests.support.processes import free_port


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'data' / 'hub.sqlite3'}"


async def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    store = await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")
    await filled(store)
    await store.close()
    again = await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")
    assert (await again.updates.load("room", "main")).sequence == 5
    await again.close()


async def test_sqlite_is_asked_to_be_as_durable_as_it_can(tmp_path: Path) -> None:
    from pair_ls.storage.database import Database

    database = Database(sqlite_url(tmp_path).replace("data/", ""))
    found = await database.write(
        lambda connection: [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")
        ]
    )
    await database.close()
    assert found == ["wal", 2]


async def test_a_second_hub_on_the_same_file_is_told_so(tmp_path: Path) -> None:
    store = await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")
    with pytest.raises(StoreUnavailable, match="Another hub already uses the database") as refused:
        await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")
    assert refused.value.code == "store-in-use"
    await store.close()
    await (await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")).close()


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    take = (
        "import os, pathlib, sys; from pair_ls.storage.hub_lock import FileLock;"
        "lock = FileLock(pathlib.Path(sys.argv[1])); lock.acquire(); os.kill(os.getpid(), 9)"
    )
    (tmp_path / "data").mkdir()
    subprocess.run([sys.executable, "-c", take, str(tmp_path / "data" / "hub.sqlite3")], check=False)
    lock = FileLock(tmp_path / "data" / "hub.sqlite3")
    lock.acquire()
    lock.release()


async def test_a_second_hub_on_the_same_postgresql_is_told_so(tmp_path: Path, postgres_url: str) -> None:
    store = await open_store(postgres_url, spool_file=tmp_path / "spool")
    with pytest.raises(StoreUnavailable, match="Another hub already uses the database"):
        await open_store(postgres_url, spool_file=tmp_path / "other")
    await store.close()
    await (await open_store(postgres_url, spool_file=tmp_path / "spool")).close()


async def test_a_database_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://ada:geheim@127.0.0.1:{free_port()}/rooms"
    with pytest.raises(StoreUnavailable, match="does not answer") as refused:
        await open_store(url, spool_file=tmp_path / "spool")
    assert "geheim" not in refused.value.message


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/x", "sqlite://", "postgresql//x"])
async def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="database_url"):
        await open_store(url, spool_file=tmp_path / "spool")


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    await (await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")).close()
    with closing(sqlite3.connect(tmp_path / "data" / "hub.sqlite3")) as file:
        file.execute("update alembic_version set version_num = '9999'")
        file.commit()
    with pytest.raises(StoreUnavailable, match="newer pair-ls"):
        await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool")


async def test_the_migrations_make_the_tables_that_the_code_expects(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from pair_ls.storage.database import Database
    from pair_ls.storage.schema import upgrade
    from pair_ls.storage.tables import metadata

    database = Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    await database.write(upgrade)
    difference = await database.read(lambda open_: compare_metadata(MigrationContext.configure(open_), metadata))
    await database.close()
    assert difference == []


async def test_a_disk_without_space_is_told_and_forgiven(tmp_path: Path) -> None:
    store = await filled(await open_store(sqlite_url(tmp_path), spool_file=tmp_path / "spool"))
    big = [update(number, document="big") for number in range(1, 2000)]
    database = store.updates._database  # type: ignore[attr-defined]  # the file's own limit stands in for a full disk
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
    with pytest.raises(StoreUnavailable) as refused:
        await store.updates.append(big)
    assert refused.value.code == "store-full"
    assert (await store.updates.load("room", "main")).sequence == 5
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
    await store.updates.append([update(6)])
    assert (await store.updates.load("room", "main")).sequence == 6
    await store.close()


async def test_what_belongs_to_no_room_any_more_is_cleared_away(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    await (await filled(await open_store(url, spool_file=tmp_path / "spool"))).close()
    with closing(sqlite3.connect(tmp_path / "data" / "hub.sqlite3")) as file:  # no foreign keys, as it was once
        file.execute("insert into documents (document_key, room_id, document_id) values (99, 'deleted', 'main')")
        file.execute("insert into updates values (99, 1, 'p:ada', 0.0, x'00')")
        file.execute("update alembic_version set version_num = '0002'")
        file.commit()
    store = await open_store(url, spool_file=tmp_path / "spool")
    assert await store.updates.documents("deleted") == ()
    assert (await store.updates.load("room", "main")).sequence == 5
    await store.close()
    with closing(sqlite3.connect(tmp_path / "data" / "hub.sqlite3")) as file:
        assert file.execute("select count(*) from updates where document_key = 99").fetchone() == (0,)
