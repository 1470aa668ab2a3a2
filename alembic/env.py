"""How alembic reaches the database: over the connection it is handed, else the one of the settings."""

from alembic import context

from aegis.adapters.database import engine_for
from aegis.adapters.files import private_directory
from aegis.adapters.tables import metadata
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
    engine = engine_for(database_url(), private_directory(aegis_home()))
    with engine.connect() as connection:
        _run(connection)
        connection.commit()
    engine.dispose()
