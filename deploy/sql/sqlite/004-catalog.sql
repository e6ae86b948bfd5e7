-- beside the version before: its silos read the record that each catalog was, which is kept as long as they may come back.
-- Schema version 4: the catalogs of jobs and datasets, a row for each entry. See deploy/sql/postgres/004-catalog.sql.
CREATE TABLE PgmCatalog
(
    StateId   TEXT    NOT NULL,
    Catalog   TEXT    NOT NULL,
    Name      TEXT    NOT NULL,
    Kind      INTEGER NOT NULL,
    Owner     TEXT,
    AtRest    INTEGER NOT NULL,
    Phase     INTEGER NOT NULL,
    CreatedAt INTEGER NOT NULL,
    ChangedAt INTEGER NOT NULL,
    DueAt     INTEGER,
    Failures  INTEGER NOT NULL,
    Trouble   TEXT,
    State     TEXT    NOT NULL,
    PRIMARY KEY (StateId, Catalog, Name)
);

CREATE INDEX PgmCatalogByTime ON PgmCatalog (StateId, Catalog, CreatedAt, Name);

CREATE INDEX PgmCatalogByKind ON PgmCatalog (StateId, Catalog, Kind, CreatedAt, Name);

CREATE INDEX PgmCatalogNotAtRest ON PgmCatalog (StateId, Catalog, DueAt) WHERE AtRest = 0;
