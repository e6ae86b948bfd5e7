-- beside the version before: its silos go on without the table, and tell of a loss as long as they live.
-- Schema version 7: leases that were lost and of whose loss the owners do not know yet. See deploy/sql/postgres/007-losses.sql.
CREATE TABLE PgmSchedulerLoss
(
    StateId TEXT    NOT NULL,
    Worker  TEXT    NOT NULL,
    Number  INTEGER NOT NULL,
    State   TEXT    NOT NULL,
    PRIMARY KEY (StateId, Worker, Number)
) WITHOUT ROWID;
