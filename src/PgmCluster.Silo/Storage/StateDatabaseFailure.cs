namespace PgmCluster.Silo.Storage;

/// <summary>
/// Why the state database could not be used. Retrying helps only for <see cref="Busy"/>, <see cref="Unreachable"/> and, once space is
/// freed, <see cref="DiskFull"/>.
/// </summary>
public enum StateDatabaseFailure
{
    /// <summary>Any error without a kind of its own.</summary>
    Other = 0,

    /// <summary>Written by a newer version of this program.</summary>
    NewerSchema = 1,

    /// <summary>The file is something else than an SQLite database, or damaged; or the server has no database of that name.</summary>
    NotADatabase = 2,

    /// <summary>The file or its directory, or the schema of the server's database, cannot be written.</summary>
    NotWritable = 3,

    /// <summary>No space left on the disk.</summary>
    DiskFull = 4,

    /// <summary>The disk or file system reported an error.</summary>
    InputOutput = 5,

    /// <summary>Another process held a lock for longer than the timeout, or the server has no connection left.</summary>
    Busy = 6,

    /// <summary>The server does not answer.</summary>
    Unreachable = 7,

    /// <summary>The server refuses the user or the password.</summary>
    AccessDenied = 8,
}
