-- Schema version 1: grain state, cluster membership and reminders of one home directory.
--
-- Applied by the silo at start, inside one BEGIN IMMEDIATE transaction; never edit a file that has been released, add the
-- next number instead. Only OrleansQuery and its two columns are prescribed by the framework: it reads every statement it
-- runs from there (statements-*.sql). All other names are ours.

CREATE TABLE OrleansQuery
(
    QueryKey  TEXT NOT NULL PRIMARY KEY,
    QueryText TEXT NOT NULL
) WITHOUT ROWID;

-- One row per grain that has ever been written. A cleared grain keeps its row without payload: an activation that
-- still believes in the cleared state then meets a newer version and is refused.
CREATE TABLE PgmGrainState
(
    ServiceId              TEXT    NOT NULL,
    GrainTypeString        TEXT    NOT NULL,
    GrainTypeHash          INTEGER NOT NULL,
    GrainIdHash            INTEGER NOT NULL,
    GrainIdN0              INTEGER NOT NULL,
    GrainIdN1              INTEGER NOT NULL,
    GrainIdExtensionString TEXT,
    PayloadBinary          BLOB,
    Version                INTEGER NOT NULL,
    ModifiedAt             TEXT    NOT NULL
);

-- NULLs differ from each other in a unique index, hence ifnull: two first writes of one grain must collide.
CREATE UNIQUE INDEX PgmGrainStateKey ON PgmGrainState
    (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, ifnull(GrainIdExtensionString, ''));

-- For people with the sqlite3 shell: the payload is JSON.
CREATE VIEW PgmGrainStateText AS
    SELECT GrainTypeString AS GrainType, GrainIdExtensionString AS GrainKey, GrainIdN0, GrainIdN1, Version, ModifiedAt,
           CAST(PayloadBinary AS TEXT) AS State
    FROM PgmGrainState;

-- The version of the membership table. Whoever changes a member must know the current version, and changes it by that.
CREATE TABLE PgmMembership
(
    DeploymentId TEXT    NOT NULL PRIMARY KEY,
    Version      INTEGER NOT NULL,
    ModifiedAt   TEXT    NOT NULL
) WITHOUT ROWID;

-- Status: 1 created, 2 joining, 3 active, 4 shutting down, 5 stopping, 6 dead.
CREATE TABLE PgmMember
(
    DeploymentId TEXT    NOT NULL,
    Address      TEXT    NOT NULL,
    Port         INTEGER NOT NULL,
    Generation   INTEGER NOT NULL,
    SiloName     TEXT    NOT NULL,
    HostName     TEXT    NOT NULL,
    Status       INTEGER NOT NULL,
    ProxyPort    INTEGER NOT NULL,
    SuspectTimes TEXT,
    StartTime    TEXT    NOT NULL,
    IAmAliveTime TEXT    NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
) WITHOUT ROWID;

-- A trigger belongs to the statement that fires it, so row and version change together without BEGIN and COMMIT in a
-- statement text: after a busy database those would leave a pooled connection inside a transaction for ever.
CREATE TRIGGER PgmMemberInserted AFTER INSERT ON PgmMember
BEGIN
    UPDATE PgmMembership
       SET Version = Version + 1, ModifiedAt = strftime('%Y-%m-%d %H:%M:%f', 'now')
     WHERE DeploymentId = NEW.DeploymentId;
END;

-- OF Status: the heartbeat writes IAmAliveTime alone and must not make every silo read the table again.
CREATE TRIGGER PgmMemberStatusWritten AFTER UPDATE OF Status ON PgmMember
BEGIN
    UPDATE PgmMembership
       SET Version = Version + 1, ModifiedAt = strftime('%Y-%m-%d %H:%M:%f', 'now')
     WHERE DeploymentId = NEW.DeploymentId;
END;

CREATE TRIGGER PgmMembershipDeleted AFTER DELETE ON PgmMembership
BEGIN
    DELETE FROM PgmMember WHERE DeploymentId = OLD.DeploymentId;
END;

CREATE TABLE PgmReminder
(
    ServiceId    TEXT    NOT NULL,
    GrainId      TEXT    NOT NULL,
    ReminderName TEXT    NOT NULL,
    GrainHash    INTEGER NOT NULL,
    StartTime    TEXT    NOT NULL,
    Period       INTEGER NOT NULL,
    Version      INTEGER NOT NULL,
    PRIMARY KEY (ServiceId, GrainId, ReminderName)
) WITHOUT ROWID;

-- A silo reads the reminders of its range of the hash ring.
CREATE INDEX PgmReminderByHash ON PgmReminder (ServiceId, GrainHash);
