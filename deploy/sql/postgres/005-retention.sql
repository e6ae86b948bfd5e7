-- beside the version before: its silos go on without the column, and list what is being deleted.
-- Schema version 5: what becomes of an entry of the catalog once its job has ended.
ALTER TABLE PgmCatalog
    -- 0 as the rules of retention say, 1 kept whatever they say, 2 being deleted: nobody finds the entry any more, and whoever looks after
    -- jobs finishes what was begun.
    ADD COLUMN Retention integer NOT NULL DEFAULT 0;

-- Hardly ever more than one.
CREATE INDEX PgmCatalogDeleting ON PgmCatalog (StateId, Catalog) WHERE Retention = 2;
