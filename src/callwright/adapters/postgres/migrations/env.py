"""What Alembic runs: the upgrade on the connection that ``migrate`` opened, inside its transaction."""

from alembic import context

from callwright.adapters.postgres.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
