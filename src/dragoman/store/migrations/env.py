"""What Alembic runs to find its connection: the one that run.py has begun a transaction on."""

from alembic import context

from dragoman.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # run.py has begun one around all revisions
)
context.run_migrations()
