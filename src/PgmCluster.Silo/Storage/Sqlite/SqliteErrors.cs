using Microsoft.Data.Sqlite;

namespace PgmCluster.Silo.Storage.Sqlite;

/// <summary>Turns what SQLite reports into one clear line.</summary>
internal static class SqliteErrors
{
    private const int Perm = 3, Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14,
        NotADatabase = 26;

    // The shared-memory file of the write-ahead log grows in pieces of this size; below it a full disk shows as an I/O error.
    private const long SmallestUsefulSpace = 64 * 1024;

    /// <summary>The SQLite error inside <paramref name="exception"/>, however deep, or null.</summary>
    public static SqliteException? Find(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is SqliteException sqlite) return sqlite;
            if (e is AggregateException aggregate)
            {
                return aggregate.InnerExceptions.Select(Find).FirstOrDefault(found => found is not null);
            }
        }
        return null;
    }

    /// <param name="attempt">What was attempted, as in "open the state database".</param>
    /// <param name="path">The database file.</param>
    /// <param name="exception">What SQLite reported.</param>
    public static StateDatabaseException Describe(string attempt, string path, SqliteException exception)
    {
        var what = $"Trying to {attempt} {path}";
        var found = $"SQLite error {exception.SqliteExtendedErrorCode}";
        var directory = Path.GetDirectoryName(path);
        return exception.SqliteErrorCode switch
        {
            Full =>
                Make(
                    StateDatabaseFailure.DiskFull,
                    $"{what}: the disk is full ({found}). Free space on it, then try again; nothing that was acknowledged is lost."),
            InputOutput when HasNoSpace(directory) =>
                Make(
                    StateDatabaseFailure.DiskFull,
                    $"{what}: the disk is full ({found}). Free space on it, then try again; nothing that was acknowledged is lost."),
            ReadOnly or Perm => Make(StateDatabaseFailure.NotWritable,
                $"{what}: the file or its directory is read-only ({found}). "
                + $"Make {directory} writable for this user, or choose another home directory."),
            CannotOpen => Make(StateDatabaseFailure.NotWritable,
                $"{what}: it cannot be opened or created ({found}). "
                + $"Make {directory} writable for this user, or choose another home directory."),
            NotADatabase or Corrupt => Make(StateDatabaseFailure.NotADatabase,
                $"{what}: the file is not an SQLite database or is damaged ({found}). "
                + "Restore it from a backup, or move it away to start empty."),
            InputOutput => Make(StateDatabaseFailure.InputOutput,
                $"{what}: the file system reported an input/output error ({found}). Check the disk and its mount; "
                + "network file systems are not supported for this file."),
            Busy or Locked => Make(StateDatabaseFailure.Busy,
                $"{what}: another process kept it locked for {StateDatabase.BusyTimeout.TotalSeconds:0} s ({found}). Try again; "
                + "if it repeats, look for a stopped process that uses this home directory."),
            _ => Make(StateDatabaseFailure.Other, $"{what}: {exception.Message} ({found}). See the log file for details."),
        };

        StateDatabaseException Make(StateDatabaseFailure failure, string message) => new(failure, message, exception);
    }

    private static bool HasNoSpace(string? directory)
    {
        try
        {
            return directory is not null && new DriveInfo(directory).AvailableFreeSpace < SmallestUsefulSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
