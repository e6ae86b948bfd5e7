-- Grain state. Each "-- statement:" line starts the text that is stored in OrleansQuery under that key.
--
-- Every write is one guarded statement and then a SELECT over changes(), which tells the same connection whether the
-- guard held. The answer must be a row even on a conflict: the unchanged version is what the framework recognises as one.

-- statement: ReadFromStorageKey
SELECT PayloadBinary, Version
  FROM PgmGrainState
 WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
   AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
   AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
   AND ifnull(GrainIdExtensionString, '') = ifnull(@GrainIdExtensionString, '');

-- The first write of a grain has no version and inserts; a write with a version never inserts, so a row that somebody
-- removed by hand is a conflict and not a fresh start.
-- statement: WriteToStorageKey
INSERT INTO PgmGrainState
    (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
     PayloadBinary, Version, ModifiedAt)
SELECT @ServiceId, @GrainTypeString, @GrainTypeHash, @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString,
       @PayloadBinary, 1, strftime('%Y-%m-%d %H:%M:%f', 'now')
 WHERE @GrainStateVersion IS NULL
    OR EXISTS (SELECT 1
                 FROM PgmGrainState
                WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
                  AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
                  AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
                  AND ifnull(GrainIdExtensionString, '') = ifnull(@GrainIdExtensionString, ''))
ON CONFLICT (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, ifnull(GrainIdExtensionString, ''))
DO UPDATE SET PayloadBinary = excluded.PayloadBinary,
              Version = PgmGrainState.Version + 1,
              ModifiedAt = excluded.ModifiedAt
        WHERE PgmGrainState.Version = @GrainStateVersion;
SELECT CASE changes() WHEN 0 THEN @GrainStateVersion ELSE ifnull(@GrainStateVersion, 0) + 1 END AS NewGrainStateVersion;

-- statement: ClearStorageKey
UPDATE PgmGrainState
   SET PayloadBinary = NULL, Version = Version + 1, ModifiedAt = strftime('%Y-%m-%d %H:%M:%f', 'now')
 WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
   AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
   AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
   AND ifnull(GrainIdExtensionString, '') = ifnull(@GrainIdExtensionString, '')
   AND Version = @GrainStateVersion;
SELECT CASE changes() WHEN 0 THEN @GrainStateVersion ELSE @GrainStateVersion + 1 END AS NewGrainStateVersion;

-- Only used where a provider is told to delete instead of clear.
-- statement: DeleteStorageKey
DELETE FROM PgmGrainState
 WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
   AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
   AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
   AND ifnull(GrainIdExtensionString, '') = ifnull(@GrainIdExtensionString, '')
   AND Version = @GrainStateVersion;
SELECT CASE changes() WHEN 0 THEN @GrainStateVersion ELSE @GrainStateVersion + 1 END AS NewGrainStateVersion;
