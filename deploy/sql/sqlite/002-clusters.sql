-- Schema version 2: several clusters in one database, each with state of its own. See deploy/sql/postgres/002-clusters.sql.
CREATE TABLE PgmStateOwner
(
    ServiceId  TEXT NOT NULL,
    ClusterId  TEXT NOT NULL,
    StateId    TEXT NOT NULL UNIQUE,
    ArtifactId TEXT NOT NULL,
    ClaimedAt  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    PRIMARY KEY (ServiceId, ClusterId)
) WITHOUT ROWID;

DROP VIEW PgmGrainStateText;

CREATE VIEW PgmGrainStateText AS
    SELECT GrainTypeString AS GrainType, GrainIdExtensionString AS GrainKey, GrainIdN0, GrainIdN1, Version, ModifiedAt,
           CAST(PayloadBinary AS TEXT) AS State, ServiceId AS StateId
    FROM PgmGrainState;
