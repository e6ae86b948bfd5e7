-- beside the version before: its silos go on without the column, and list what is being deleted.
-- Schema version 5: what becomes of an entry of the catalog once its job has ended. See deploy/sql/postgres/005-retention.sql.
ALTER TABLE PgmCatalog ADD COLUMN Retention INTEGER NOT NULL DEFAULT 0;

CREATE INDEX PgmCatalogDeleting ON PgmCatalog (StateId, Catalog) WHERE Retention = 2;
