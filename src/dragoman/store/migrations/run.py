"""Run the revisions that a store lacks, in one transaction, one process at a time."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from dragoman.store.database import engine_of, sqlite_path
from dragoman.store.errors import StoreRefused
from dragoman.store.migrate import refuse_newer
from dragoman.store.sqlite import connect

# Any number that no other user of the database's advisory locks would come upon.
LOCK = 0x0D7A60


def upgrade(url: str) -> None:
    """Bring a store to the newest revision."""
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            begin(connection)
            refuse_newer(MigrationContext.configure(connection).get_current_revision())
            command.upgrade(config(connection), "head")
            connection.commit()
    except OperationalError as error:
        raise StoreRefused(f"the store cannot be migrated: {error.orig}") from error
    finally:
        engine.dispose()


def engine_for(url: str) -> Engine:
    """Give SQLAlchemy's engine over a connection that the drivers make from the same address.

    SQLAlchemy reads addresses in its own way; here no address may mean another store.
    """
    if engine_of(url) == "sqlite":
        path = sqlite_path(url)
        return create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)
    return create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool
    )


def begin(connection: Connection) -> None:
    """Begin a transaction in which no other process migrates."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def config(connection: Connection) -> Config:
    """Give Alembic's settings for a connection; there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings
