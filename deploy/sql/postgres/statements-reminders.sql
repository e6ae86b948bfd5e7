-- Reminders. See statements-persistence.sql for the form of this file.

-- statement: UpsertReminderRowKey
INSERT INTO PgmReminder (ServiceId, GrainId, ReminderName, GrainHash, StartTime, Period, Version)
VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period, 1)
ON CONFLICT (ServiceId, GrainId, ReminderName)
DO UPDATE SET GrainHash = excluded.GrainHash, StartTime = excluded.StartTime, Period = excluded.Period,
              Version = PgmReminder.Version + 1
RETURNING Version;

-- statement: ReadReminderRowsKey
SELECT GrainId, ReminderName, StartTime, Period, Version
  FROM PgmReminder
 WHERE ServiceId = @ServiceId AND GrainId = @GrainId;

-- statement: ReadReminderRowKey
SELECT GrainId, ReminderName, StartTime, Period, Version
  FROM PgmReminder
 WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName;

-- A range that does not wrap around the hash ring.
-- statement: ReadRangeRows1Key
SELECT GrainId, ReminderName, StartTime, Period, Version
  FROM PgmReminder
 WHERE ServiceId = @ServiceId AND GrainHash > @BeginHash AND GrainHash <= @EndHash;

-- A range that wraps.
-- statement: ReadRangeRows2Key
SELECT GrainId, ReminderName, StartTime, Period, Version
  FROM PgmReminder
 WHERE ServiceId = @ServiceId AND (GrainHash > @BeginHash OR GrainHash <= @EndHash);

-- statement: DeleteReminderRowKey
WITH deleted AS
(
    DELETE FROM PgmReminder
     WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName AND Version = @Version
    RETURNING 1
)
SELECT count(*) AS Changed FROM deleted;

-- statement: DeleteReminderRowsKey
DELETE FROM PgmReminder WHERE ServiceId = @ServiceId;
