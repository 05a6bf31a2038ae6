"""The one history of the schema, for SQLite and PostgreSQL alike. Files in versions/ are never edited once released."""
