namespace PgmCluster.Cli.Errors;

/// <summary>
/// What can go wrong, and what a command exits with for it: 1 where the same command may help, 2 where something else has to be done before.
/// The one place that decides; <c>deploy/docs/running.md</c> has the same table.
/// </summary>
internal static class ErrorKinds
{
    public const string Usage = "usage", BadInput = "bad-input", NotFound = "not-found", Corrupt = "corrupt", DiskFull = "disk-full",
        BadDatabase = "bad-state-database", Failed = "failed", Unreachable = "unreachable", NoSilo = "no-silo", HomeInUse = "home-in-use",
        Timeout = "timeout", Platform = "platform", Internal = "internal", Interrupted = "interrupted", Job = "job-";

    /// <summary>Every kind with its exit code, and when it is said.</summary>
    public static IReadOnlyList<(string Kind, int Code, string When)> All { get; } =
    [
        (Usage, ExitCodes.BadInput, "the command line is wrong"),
        (BadInput, ExitCodes.BadInput, "a file, a value or a request is not what it has to be, or access is refused"),
        (NotFound, ExitCodes.BadInput, "there is nothing of that name"),
        (Corrupt, ExitCodes.BadInput, "a file is damaged: it fails its checksum, or ends too early"),
        (DiskFull, ExitCodes.BadInput, "the disk is full, or a quota is used up"),
        (BadDatabase, ExitCodes.BadInput, "the state is of a newer version, is no database, or cannot be written"),
        (Failed, ExitCodes.Failed, "the work failed, or a part of the cluster was not there"),
        (Unreachable, ExitCodes.Failed, "a server does not answer, or breaks off again and again"),
        (NoSilo, ExitCodes.Failed, "no silo runs, and --no-embed was given"),
        (HomeInUse, ExitCodes.Failed, "another command uses this home"),
        (Timeout, ExitCodes.Failed, "an answer did not come in time"),
        (Platform, ExitCodes.Failed, "this machine cannot do it"),
        (Job + "failed", ExitCodes.Failed, "the job that was waited for failed; where its source is at fault, `bad-input`"),
        (Job + "cancelled", ExitCodes.Failed, "somebody cancelled it"),
        (Job + "paused", ExitCodes.Failed, "somebody paused it"),
        (Job + "parked", ExitCodes.Failed, "it waits for somebody to look"),
        (Internal, ExitCodes.Failed, "a fault of this program"),
        (Interrupted, ExitCodes.Interrupted, "Ctrl-C, SIGTERM or SIGHUP"),
    ];

    /// <summary>What a command exits with for a kind.</summary>
    public static int CodeOf(string kind) => All.Where(k => k.Kind == kind).Select(k => k.Code).FirstOrDefault(ExitCodes.Failed);
}
