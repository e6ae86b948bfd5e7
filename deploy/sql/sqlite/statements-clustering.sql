-- Cluster membership. See statements-persistence.sql for the form of this file.
--
-- A change of a member is guarded by the version of the whole table; the triggers of 001-state.sql raise that version in
-- the same statement. changes() counts the guarded row only, never what a trigger did.

-- statement: InsertMembershipVersionKey
INSERT INTO PgmMembership (DeploymentId, Version, ModifiedAt)
VALUES (@DeploymentId, 0, strftime('%Y-%m-%d %H:%M:%f', 'now'))
ON CONFLICT DO NOTHING;
SELECT changes() AS Changed;

-- statement: InsertMembershipKey
INSERT INTO PgmMember
    (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
SELECT @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
 WHERE EXISTS (SELECT 1 FROM PgmMembership WHERE DeploymentId = @DeploymentId AND Version = @Version)
ON CONFLICT DO NOTHING;
SELECT changes() AS Changed;

-- statement: UpdateMembershipKey
UPDATE PgmMember
   SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
 WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
   AND EXISTS (SELECT 1 FROM PgmMembership WHERE DeploymentId = @DeploymentId AND Version = @Version);
SELECT changes() AS Changed;

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
   AND Status = 6 AND StartTime = @StartTime AND IAmAliveTime = @IAmAliveTime AND SuspectTimes IS @SuspectTimes;
