using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Work;

/// <summary>Which failures of a write are worth another attempt.</summary>
internal static class DiskTrouble
{
    /// <summary>Linux's numbers of what time or somebody who makes room can mend.</summary>
    private static readonly HashSet<int> Passing =
    [
        4 /* interrupted */, 5 /* input or output */, 6 /* no such device */, 11 /* locked */, 12 /* memory */, 16 /* busy */,
        19 /* no such device */, 23 /* files of the system */, 24 /* files of the process */, 28 /* space */, 30 /* read-only */,
        37 /* locks */, 100 /* network is down */, 101 /* network */, 103 /* connection aborted */, 104 /* connection reset */,
        107 /* not connected */, 108 /* shut down */, 110 /* time ran out */, 111 /* refused */, 112 /* host is down */, 113 /* host */,
        115 /* in progress */, 116 /* stale handle */, 121 /* remote input or output */, 122 /* quota */,
    ];

    /// <summary>
    /// Whether a later attempt may succeed: full, read-only, forbidden, busy or away. Not where something stands in the way that stays,
    /// such as a file in the place of a directory or a name that is too long.
    /// </summary>
    public static bool MayPass(Exception e) => e switch
    {
        StorageFullException or UnauthorizedAccessException => true,
        // Another writer removes a directory that was empty for a moment; a volume may be away.
        DirectoryNotFoundException => true,
        FileNotFoundException or PathTooLongException or EndOfStreamException => false,
        IOException io => Passing.Contains(io.HResult & 0xFFFF),
        _ => false,
    };
}
