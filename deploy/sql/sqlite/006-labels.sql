-- beside the version before: its silos go on without the column.
-- Schema version 6: labels of jobs, by which they are found. See deploy/sql/postgres/006-labels.sql.
ALTER TABLE PgmCatalog ADD COLUMN Labels TEXT;

CREATE INDEX PgmCatalogLabelled ON PgmCatalog (StateId, Catalog, CreatedAt, Name) WHERE Labels IS NOT NULL;
