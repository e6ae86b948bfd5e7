using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Errors;

/// <summary>An exception as the user sees it: one of <see cref="ErrorKinds"/>.</summary>
/// <param name="Kind">A stable word for programs.</param>
/// <param name="Message">One line.</param>
/// <param name="ExitCode">One of <see cref="ExitCodes"/>.</param>
internal sealed record ErrorReport(string Kind, string Message, int ExitCode)
{
    /// <summary>Classifies; of wrapped exceptions the outermost one that is known decides.</summary>
    /// <param name="exception">What was caught.</param>
    /// <param name="interrupted">The user has asked to stop: then whatever broke off is that, except what was wrong before.</param>
    public static ErrorReport Of(Exception exception, bool interrupted)
    {
        var report = Of(exception);
        if (!interrupted || report.ExitCode == ExitCodes.BadInput || Unwrap(exception).Any(e => e is InterruptedException)) return report;
        return new(ErrorKinds.Interrupted, "interrupted.", ErrorKinds.CodeOf(ErrorKinds.Interrupted));
    }

    /// <summary>Classifies; of wrapped exceptions the outermost one that is known decides.</summary>
    public static ErrorReport Of(Exception exception)
    {
        var all = Unwrap(exception).ToList();
        var (kind, source) = all.Select(e => (Kind: Classify(e), Source: e)).FirstOrDefault(x => x.Kind is not null);
        if (kind is not null) return new(kind, OneLine(source.Message), ErrorKinds.CodeOf(kind));
        return new(
            ErrorKinds.Internal, $"{OneLine(all[^1].Message)} (unexpected {all[^1].GetType().Name}; set PGM_DEBUG=1 for details)",
            ErrorKinds.CodeOf(ErrorKinds.Internal));
    }

    /// <summary>True where the request itself was refused, so that it left nothing worth keeping.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is not JobEndedException && Of(exception).ExitCode == ExitCodes.BadInput;

    private static string? Classify(Exception e) => e switch
    {
        UsageException => ErrorKinds.Usage,
        InterruptedException or OperationCanceledException => ErrorKinds.Interrupted,
        NoSiloException => ErrorKinds.NoSilo,
        HomeLockedException => ErrorKinds.HomeInUse,
        JobEndedException { Status: { Phase: JobPhase.Failed, Message: { } message } } when SaysDiskFull(message) => ErrorKinds.DiskFull,
        JobEndedException ended => $"{ErrorKinds.Job}{ended.Status.Phase.ToString().ToLowerInvariant()}",
        BadInputException or TlsFilesException or InvalidRequestException or SiloOptionsException or UnauthorizedAccessException =>
            ErrorKinds.BadInput,
        NotFoundException => ErrorKinds.NotFound,
        StorageFullException or StateDatabaseException { Failure: StateDatabaseFailure.DiskFull } => ErrorKinds.DiskFull,
        StateDatabaseException
        {
            Failure: StateDatabaseFailure.NewerSchema or StateDatabaseFailure.NotADatabase or StateDatabaseFailure.NotWritable
        } => ErrorKinds.BadDatabase,
        IOException io when StorageFullException.IsCause(io) => ErrorKinds.DiskFull,
        PgmException { Code: PgmErrorCode.Invalid or PgmErrorCode.Conflict } => ErrorKinds.BadInput,
        PgmException { Code: PgmErrorCode.NotFound } => ErrorKinds.NotFound,
        PgmException p when SaysDiskFull(p.Message) => ErrorKinds.DiskFull,
        PgmException or SiloStartException or SiloConnectionException => ErrorKinds.Failed,
        DownloadException or HttpRequestException or StoreUnreachableException => ErrorKinds.Unreachable,
        DataCorruptException => ErrorKinds.Corrupt,
        PlatformNotSupportedException => ErrorKinds.Platform,
        TimeoutException => ErrorKinds.Timeout,
        _ => null,
    };

    // A failed job keeps its error as text only. The two sentences are those of StorageFullException and of the state database.
    private static bool SaysDiskFull(string message) =>
        message.Contains("disk is full", StringComparison.Ordinal) || message.Contains("disk quota is used up", StringComparison.Ordinal);

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static IEnumerable<Exception> Unwrap(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException) yield return e;
    }
}
