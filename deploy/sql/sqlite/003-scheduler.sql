-- Schema version 3: the scheduler's queue and leases, a row each. See deploy/sql/postgres/003-scheduler.sql.
CREATE TABLE PgmScheduler
(
    StateId   TEXT    NOT NULL PRIMARY KEY,
    Version   INTEGER NOT NULL,
    LastLease INTEGER NOT NULL
) WITHOUT ROWID;

-- With a row id: documents are large, and stay out of the index that way.
CREATE TABLE PgmSchedulerWork
(
    StateId    TEXT    NOT NULL,
    WorkId     TEXT    NOT NULL,
    Generation INTEGER NOT NULL,
    State      TEXT    NOT NULL,
    Document   TEXT    NOT NULL,
    PRIMARY KEY (StateId, WorkId)
);

CREATE TABLE PgmSchedulerLease
(
    StateId TEXT    NOT NULL,
    Worker  TEXT    NOT NULL,
    Number  INTEGER NOT NULL,
    State   TEXT    NOT NULL,
    PRIMARY KEY (StateId, Worker, Number)
) WITHOUT ROWID;

CREATE TABLE PgmSchedulerReservation
(
    StateId TEXT NOT NULL,
    Worker  TEXT NOT NULL,
    State   TEXT NOT NULL,
    PRIMARY KEY (StateId, Worker)
) WITHOUT ROWID;

CREATE TABLE PgmSchedulerUsage
(
    StateId  TEXT NOT NULL,
    UserName TEXT NOT NULL,
    State    TEXT NOT NULL,
    PRIMARY KEY (StateId, UserName)
) WITHOUT ROWID;
