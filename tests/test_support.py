"""The helpers that other tests lean on."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support import fake_editor
from tests.support.node import Node
from tests.support.postgres import PostgresServer
from tests.support.processes import ChildProcess, wait_until


def rows(url: str, statement: bytes) -> list[tuple[object, ...]]:
    with psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        return connection.execute(statement).fetchall()


def test_each_postgres_database_is_fresh(postgres_url: str) -> None:
    assert rows(postgres_url, b"SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [(0,)]


def test_a_durable_postgres_keeps_committed_rows_over_a_kill() -> None:
    with PostgresServer(durable=True) as server:
        url = server.create_database()
        with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string()) as connection:
            connection.execute(b"CREATE TABLE t AS SELECT generate_series(1, 500)")
        server.kill9()
        server.restart()
        assert rows(url, b"SELECT count(*) FROM t") == [(500,)]


def test_a_child_that_ends_too_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    with ChildProcess(["sh", "-c", "echo é😀 >&2; exit 3"], folder=tmp_path, name="child") as child:
        with pytest.raises(RuntimeError, match=r"ended with 3 before it answers(.|\n)*é😀"):
            child.wait_until(lambda: False, what="it answers")


def test_what_a_child_started_is_killed_with_it(tmp_path: Path) -> None:
    with ChildProcess(["sh", "-c", "sleep 600 & echo $!; wait"], folder=tmp_path, name="child") as child:
        child.wait_until(lambda: child.stdout().endswith("\n"), what="it names its child")
        grandchild = Path("/proc") / child.stdout().strip()
        assert grandchild.exists()
    wait_until(
        lambda: not grandchild.exists() or "zombie" in (grandchild / "status").read_text(), what="it is gone", seconds=5
    )


def test_the_packages_of_stock_clients_load(node: Node) -> None:
    assert node.json("smoke.mjs", "é😀\r\n") == {"text": "é😀\r\n"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_the_fake_editor_finds_every_offset_again(encoding: str) -> None:
    text = "é😀\r\n\ra\n\n\u2028\f\x85 😀\r\nlast"
    for at in range(len(text) + 1):
        if text[at - 1 : at + 1] != "\r\n":
            assert fake_editor.offset(text, fake_editor.position(text, at, encoding), encoding) == at
    unix = text.replace("\r", "")
    places = [fake_editor.position(unix, at, encoding) for at in range(len(unix) + 1)]
    assert [fake_editor.offset(unix, place, encoding) for place in places] == list(range(len(unix) + 1))
