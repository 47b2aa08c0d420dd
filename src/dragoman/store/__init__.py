"""SQL: schema, migrations and the set-based functions of the hot path."""
