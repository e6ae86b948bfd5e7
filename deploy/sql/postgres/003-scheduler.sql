-- Schema version 3: the scheduler's queue and leases, a row each, so that what is written when a device is given does not grow with the
-- queue. State is a record as JSON, as in PgmGrainState.

-- Whoever changes any of the tables below must know the current version, and raises it in the same transaction: a second scheduler
-- that still believes in an older one is refused.
CREATE TABLE PgmScheduler
(
    StateId   text COLLATE "C" NOT NULL PRIMARY KEY,
    Version   bigint NOT NULL,
    LastLease bigint NOT NULL
);

-- What waits or runs. Written once when it is submitted: which device has it stands in PgmSchedulerLease alone.
CREATE TABLE PgmSchedulerWork
(
    StateId    text COLLATE "C" NOT NULL,
    WorkId     text COLLATE "C" NOT NULL,
    Generation bigint NOT NULL,
    State      text   NOT NULL,
    -- The work item, read when a device is given it.
    Document   text   NOT NULL,
    PRIMARY KEY (StateId, WorkId)
);

CREATE TABLE PgmSchedulerLease
(
    StateId text COLLATE "C" NOT NULL,
    Worker  text COLLATE "C" NOT NULL,
    Number  bigint NOT NULL,
    State   text   NOT NULL,
    PRIMARY KEY (StateId, Worker, Number)
);

-- Devices held back for work that waits.
CREATE TABLE PgmSchedulerReservation
(
    StateId text COLLATE "C" NOT NULL,
    Worker  text COLLATE "C" NOT NULL,
    State   text NOT NULL,
    PRIMARY KEY (StateId, Worker)
);

-- What each user had of the devices lately.
CREATE TABLE PgmSchedulerUsage
(
    StateId  text COLLATE "C" NOT NULL,
    UserName text COLLATE "C" NOT NULL,
    State    text NOT NULL,
    PRIMARY KEY (StateId, UserName)
);
