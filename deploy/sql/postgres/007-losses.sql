-- beside the version before: its silos go on without the table, and tell of a loss as long as they live.
-- Schema version 7: leases that were lost and of whose loss the owners do not know yet. A row is written with the removal of its lease, and removed
-- once the owner has answered.
CREATE TABLE PgmSchedulerLoss
(
    StateId text COLLATE "C" NOT NULL,
    Worker  text COLLATE "C" NOT NULL,
    Number  bigint NOT NULL,
    State   text   NOT NULL,
    PRIMARY KEY (StateId, Worker, Number)
);
