"""PostgreSQL: the truth. Schema, migrations, named SQL, the embedded server."""
