"""Run the revisions that a store lacks, in one transaction, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from dragoman.store.errors import StoreUnavailable

# Any number that no other user of the database's advisory locks would come upon.
LOCK = 0x0D7A60


def upgrade(url: str) -> None:
    """Bring the store at an SQLAlchemy address to the newest revision."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            begin(connection)
            command.upgrade(config(connection), "head")
            connection.commit()
    except DBAPIError as error:
        if error.connection_invalidated or error.orig is None:
            raise
        raise StoreUnavailable(f"the store cannot be migrated: {error.orig}") from error
    finally:
        engine.dispose()


def begin(connection: Connection) -> None:
    """Begin a transaction in which no other process migrates."""
    if connection.dialect.name == "sqlite":
        # sqlite3 would begin one only at the first write that is no CREATE TABLE.
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
