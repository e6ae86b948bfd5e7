-- Schema version 2: several clusters in one database, each with state of its own.
--
-- Grain state and reminders are found by StateId, which stands in their column ServiceId. The first cluster of a service has the
-- service's name there, as before there were others; each further one has SERVICE/CLUSTER, which no name of a service can be.
CREATE TABLE PgmStateOwner
(
    ServiceId  text COLLATE "C" NOT NULL,
    ClusterId  text COLLATE "C" NOT NULL,
    StateId    text COLLATE "C" NOT NULL UNIQUE,
    -- Stands in the cluster's artifact store as well, so that no other cluster writes there.
    ArtifactId text        NOT NULL,
    ClaimedAt  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ServiceId, ClusterId)
);

CREATE OR REPLACE VIEW PgmGrainStateText AS
    SELECT GrainTypeString AS GrainType, GrainIdExtensionString AS GrainKey, GrainIdN0, GrainIdN1, Version, ModifiedAt,
           convert_from(PayloadBinary, 'UTF8') AS State, ServiceId AS StateId
    FROM PgmGrainState;
