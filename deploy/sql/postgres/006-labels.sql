-- beside the version before: its silos go on without the column.
-- Schema version 6: labels of jobs, by which they are found. One line KEY=VALUE for each, between line ends: "\nproject=shoes\nby=ann\n", in
-- the order of their keys by bytes; null where there are none. Given when a job is first started, and never changed.
ALTER TABLE PgmCatalog ADD COLUMN Labels text;

-- A search by labels looks at these, one after another.
CREATE INDEX PgmCatalogLabelled ON PgmCatalog (StateId, Catalog, CreatedAt, Name) WHERE Labels IS NOT NULL;
