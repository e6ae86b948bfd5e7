-- Cluster membership. See statements-persistence.sql for the form of this file.
--
-- A change of a member first raises the version of the whole table, guarded by the version that the silo has seen. Of
-- two silos that saw the same one, the second waits for the row, finds another version there and changes nothing. All of
-- it is one statement, so there is never a member without its version, nor a connection left inside a transaction.

-- statement: InsertMembershipVersionKey
WITH added AS
(
    INSERT INTO PgmMembership (DeploymentId, Version, ModifiedAt)
    VALUES (@DeploymentId, 0, now())
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) AS Changed FROM added;

-- statement: InsertMembershipKey
WITH guard AS
(
    UPDATE PgmMembership
       SET Version = Version + 1, ModifiedAt = now()
     WHERE DeploymentId = @DeploymentId AND Version = @Version
       AND NOT EXISTS (SELECT 1
                         FROM PgmMember
                        WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation)
    RETURNING DeploymentId
),
added AS
(
    INSERT INTO PgmMember
        (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
    SELECT DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
      FROM guard
    RETURNING 1
)
SELECT count(*) AS Changed FROM added;

-- statement: UpdateMembershipKey
WITH guard AS
(
    UPDATE PgmMembership
       SET Version = Version + 1, ModifiedAt = now()
     WHERE DeploymentId = @DeploymentId AND Version = @Version
       AND EXISTS (SELECT 1
                     FROM PgmMember
                    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation)
    RETURNING DeploymentId
),
changed AS
(
    UPDATE PgmMember m
       SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
      FROM guard
     WHERE m.DeploymentId = guard.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
    RETURNING 1
)
SELECT count(*) AS Changed FROM changed;

-- The heartbeat leaves the version alone: it must not make every silo read the table again.
-- statement: UpdateIAmAlivetimeKey
UPDATE PgmMember
   SET IAmAliveTime = @IAmAliveTime
 WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation;

-- The version must come back even from an empty table, hence the outer joins.
-- statement: MembershipReadAllKey
SELECT t.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
       m.StartTime, m.IAmAliveTime
  FROM PgmMembership t
  LEFT JOIN PgmMember m ON m.DeploymentId = t.DeploymentId
 WHERE t.DeploymentId = @DeploymentId;

-- statement: MembershipReadRowKey
SELECT t.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes,
       m.StartTime, m.IAmAliveTime
  FROM PgmMembership t
  LEFT JOIN PgmMember m ON m.DeploymentId = t.DeploymentId
                       AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
 WHERE t.DeploymentId = @DeploymentId;

-- statement: GatewaysQueryKey
SELECT Address, ProxyPort, Generation
  FROM PgmMember
 WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0;

-- statement: DeleteMembershipTableEntriesKey
DELETE FROM PgmMembership WHERE DeploymentId = @DeploymentId;

-- Dead members only: a silo that merely stopped reporting is declared dead by the others first.
-- statement: CleanupDefunctSiloEntriesKey
DELETE FROM PgmMember
 WHERE DeploymentId = @DeploymentId AND Status = 6 AND IAmAliveTime < @IAmAliveTime;

-- Deletes a member only as it was seen when it was judged.
-- statement: CleanupDefunctSiloEntryKey
DELETE FROM PgmMember
 WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
   AND Status = 6 AND StartTime = @StartTime AND IAmAliveTime = @IAmAliveTime
   AND SuspectTimes IS NOT DISTINCT FROM @SuspectTimes;
