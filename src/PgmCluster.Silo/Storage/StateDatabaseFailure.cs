namespace PgmCluster.Silo.Storage;

/// <summary>Why the state database could not be used. Retrying helps only for <see cref="Busy"/> and, once space is freed, <see cref="DiskFull"/>.</summary>
public enum StateDatabaseFailure
{
    /// <summary>Any error without a kind of its own.</summary>
    Other = 0,

    /// <summary>Written by a newer version of this program.</summary>
    NewerSchema = 1,

    /// <summary>The file is something else than an SQLite database, or damaged.</summary>
    NotADatabase = 2,

    /// <summary>The file or its directory cannot be written.</summary>
    NotWritable = 3,

    /// <summary>No space left on the disk.</summary>
    DiskFull = 4,

    /// <summary>The disk or file system reported an error.</summary>
    InputOutput = 5,

    /// <summary>Another process held the write lock for longer than the busy timeout.</summary>
    Busy = 6,
}
