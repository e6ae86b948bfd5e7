-- Grain state. Each "-- statement:" line starts the text that is stored in OrleansQuery under that key.
--
-- Every write is one guarded statement. The answer must be a row even on a conflict: the unchanged version is what the
-- framework recognises as one.

-- statement: ReadFromStorageKey
SELECT PayloadBinary, Version
  FROM PgmGrainState
 WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
   AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
   AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
   AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '');

-- The first write of a grain has no version and inserts; a write with a version never inserts, so a row that somebody
-- removed by hand is a conflict and not a fresh start.
-- statement: WriteToStorageKey
WITH written AS
(
    INSERT INTO PgmGrainState
        (ServiceId, GrainTypeString, GrainTypeHash, GrainIdHash, GrainIdN0, GrainIdN1, GrainIdExtensionString,
         PayloadBinary, Version, ModifiedAt)
    SELECT @ServiceId, @GrainTypeString, @GrainTypeHash, @GrainIdHash, @GrainIdN0, @GrainIdN1,
           coalesce(@GrainIdExtensionString, ''), @PayloadBinary, 1, now()
     WHERE @GrainStateVersion IS NULL
        OR EXISTS (SELECT 1
                     FROM PgmGrainState
                    WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
                      AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
                      AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
                      AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, ''))
    ON CONFLICT (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, ServiceId, GrainIdExtensionString)
    DO UPDATE SET PayloadBinary = excluded.PayloadBinary,
                  Version = PgmGrainState.Version + 1,
                  ModifiedAt = excluded.ModifiedAt
            WHERE PgmGrainState.Version = @GrainStateVersion
    RETURNING Version
)
SELECT coalesce((SELECT Version FROM written), @GrainStateVersion) AS NewGrainStateVersion;

-- statement: ClearStorageKey
WITH cleared AS
(
    UPDATE PgmGrainState
       SET PayloadBinary = NULL, Version = Version + 1, ModifiedAt = now()
     WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
       AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
       AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
       AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '')
       AND Version = @GrainStateVersion
    RETURNING Version
)
SELECT coalesce((SELECT Version FROM cleared), @GrainStateVersion) AS NewGrainStateVersion;

-- Only used where a provider is told to delete instead of clear.
-- statement: DeleteStorageKey
WITH deleted AS
(
    DELETE FROM PgmGrainState
     WHERE GrainIdHash = @GrainIdHash AND GrainTypeHash = @GrainTypeHash
       AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
       AND GrainTypeString = @GrainTypeString AND ServiceId = @ServiceId
       AND GrainIdExtensionString = coalesce(@GrainIdExtensionString, '')
       AND Version = @GrainStateVersion
    RETURNING Version + 1 AS Version
)
SELECT coalesce((SELECT Version FROM deleted), @GrainStateVersion) AS NewGrainStateVersion;
