"""How alembic reaches the database: over the connection it is handed, else the one of the settings."""

import logging

from alembic import context

from aegis.adapters.database import opened_for_migration
from aegis.adapters.tables import metadata
from aegis.errors import AegisError
from aegis.settings import aegis_home, database_url


def _run(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
elif given is not None:
    _run(given)
else:
    logging.basicConfig(format="%(message)s")
    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)  # "Running upgrade ..."
    try:
        with opened_for_migration(database_url(), aegis_home()) as connection:
            _run(connection)
    except AegisError as error:
        raise SystemExit(f"Error: {error}\n{error.hint}".strip()) from None
