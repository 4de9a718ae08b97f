"""A store in memory, for rehearsals and tests: the same semantics as PostgreSQL, nothing survives the process."""
