-- beside the version before: its silos read the record that each catalog was, which is kept as long as they may come back.
-- Schema version 4: the catalogs of jobs and datasets, a row for each entry, so that what is read and written when a job starts does not
-- grow with the jobs of before. State is a record as JSON, as in PgmGrainState. Times are UTC in ticks of 100 ns since the year 1.
CREATE TABLE PgmCatalog
(
    StateId   text COLLATE "C" NOT NULL,
    -- jobs or datasets
    Catalog   text COLLATE "C" NOT NULL,
    Name      text COLLATE "C" NOT NULL,
    -- Of a job; -1 where there is none. An entry never changes it: a name belongs to one kind.
    Kind      integer NOT NULL,
    -- For whom a job is done.
    Owner     text,
    -- 0 or 1
    AtRest    integer NOT NULL,
    -- How a job came to rest; -1 where that is not known, or it is not at rest.
    Phase     integer NOT NULL,
    CreatedAt bigint  NOT NULL,
    ChangedAt bigint  NOT NULL,
    -- When a job that is not at rest is woken; null where it is not to be.
    DueAt     bigint,
    -- How often in succession it could not be woken, and why.
    Failures  integer NOT NULL,
    Trouble   text,
    State     text    NOT NULL,
    PRIMARY KEY (StateId, Catalog, Name)
);

CREATE INDEX PgmCatalogByTime ON PgmCatalog (StateId, Catalog, CreatedAt, Name);

CREATE INDEX PgmCatalogByKind ON PgmCatalog (StateId, Catalog, Kind, CreatedAt, Name);

-- Of a million jobs a few are not at rest.
CREATE INDEX PgmCatalogNotAtRest ON PgmCatalog (StateId, Catalog, DueAt) WHERE AtRest = 0;
