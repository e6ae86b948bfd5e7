-- Schema version 1: grain state, cluster membership and reminders of one cluster.
--
-- Applied by the silo at start, inside one transaction that holds an advisory lock; never edit a file that has been
-- released, add the next number instead. Only OrleansQuery and its two columns are prescribed by the framework: it reads
-- every statement it runs from there (statements-*.sql). All other names are ours, and the same as in deploy/sql/sqlite.
--
-- Text that stands in a key is compared by bytes (COLLATE "C"): an index over any other collation has to be rebuilt when the
-- server's system library changes its mind about the order of letters.

CREATE TABLE OrleansQuery
(
    QueryKey  text COLLATE "C" NOT NULL PRIMARY KEY,
    QueryText text NOT NULL
);

-- One row per grain that has ever been written. A cleared grain keeps its row without payload: an activation that
-- still believes in the cleared state then meets a newer version and is refused. A key without extension has ''.
CREATE TABLE PgmGrainState
(
    ServiceId              text COLLATE "C" NOT NULL,
    GrainTypeString        text COLLATE "C" NOT NULL,
    GrainTypeHash          integer     NOT NULL,
    GrainIdHash            integer     NOT NULL,
    GrainIdN0              bigint      NOT NULL,
    GrainIdN1              bigint      NOT NULL,
    GrainIdExtensionString text COLLATE "C" NOT NULL,
    PayloadBinary          bytea,
    Version                integer     NOT NULL,
    ModifiedAt             timestamptz NOT NULL,
    PRIMARY KEY (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, GrainIdExtensionString)
);

-- For people with psql: the payload is JSON.
CREATE VIEW PgmGrainStateText AS
    SELECT GrainTypeString AS GrainType, GrainIdExtensionString AS GrainKey, GrainIdN0, GrainIdN1, Version, ModifiedAt,
           convert_from(PayloadBinary, 'UTF8') AS State
    FROM PgmGrainState;

-- The version of the membership table. Whoever changes a member must know the current version, and changes it by that.
CREATE TABLE PgmMembership
(
    DeploymentId text COLLATE "C" NOT NULL PRIMARY KEY,
    Version      integer     NOT NULL,
    ModifiedAt   timestamptz NOT NULL
);

-- Status: 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead.
CREATE TABLE PgmMember
(
    DeploymentId text COLLATE "C" NOT NULL REFERENCES PgmMembership (DeploymentId) ON DELETE CASCADE,
    Address      text COLLATE "C" NOT NULL,
    Port         integer     NOT NULL,
    Generation   integer     NOT NULL,
    SiloName     text        NOT NULL,
    HostName     text        NOT NULL,
    Status       integer     NOT NULL,
    ProxyPort    integer     NOT NULL,
    SuspectTimes text,
    StartTime    timestamptz NOT NULL,
    IAmAliveTime timestamptz NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
);

CREATE TABLE PgmReminder
(
    ServiceId    text COLLATE "C" NOT NULL,
    GrainId      text COLLATE "C" NOT NULL,
    ReminderName text COLLATE "C" NOT NULL,
    GrainHash    integer     NOT NULL,
    StartTime    timestamptz NOT NULL,
    Period       bigint      NOT NULL,
    Version      integer     NOT NULL,
    PRIMARY KEY (ServiceId, GrainId, ReminderName)
);

-- A silo reads the reminders of its range of the hash ring.
CREATE INDEX PgmReminderByHash ON PgmReminder (ServiceId, GrainHash);
