using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Cli.Errors;

/// <summary>An exception as the user sees it.</summary>
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
        return new("interrupted", "interrupted.", ExitCodes.Interrupted);
    }

    /// <summary>Classifies; of wrapped exceptions the outermost one that is known decides.</summary>
    public static ErrorReport Of(Exception exception)
    {
        var all = Unwrap(exception).ToList();
        var (kind, code, source) = all.Select(e => (Classify(e), e)).Where(x => x.Item1 is not null)
            .Select(x => (x.Item1!.Value.Kind, x.Item1.Value.Code, x.e)).FirstOrDefault();
        if (source is not null) return new(kind!, OneLine(source.Message), code);
        return new(
            "internal", $"{OneLine(all[^1].Message)} (unexpected {all[^1].GetType().Name}; set PGM_DEBUG=1 for details)", ExitCodes.Failed);
    }

    /// <summary>True where the request itself was refused, so that it left nothing worth keeping.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is not JobEndedException && Of(exception).ExitCode == ExitCodes.BadInput;

    private static (string Kind, int Code)? Classify(Exception e) => e switch
    {
        UsageException => ("usage", ExitCodes.BadInput),
        InterruptedException => ("interrupted", ExitCodes.Interrupted),
        OperationCanceledException => ("interrupted", ExitCodes.Interrupted),
        NoSiloException => ("no-silo", ExitCodes.Failed),
        HomeLockedException => ("home-in-use", ExitCodes.Failed),
        JobEndedException { Status: { Phase: JobPhase.Failed, Message: { } message } } when SaysDiskFull(message) => ("disk-full",
            ExitCodes.BadInput),
        JobEndedException ended => ($"job-{ended.Status.Phase.ToString().ToLowerInvariant()}", ExitCodes.Failed),
        BadInputException => ("bad-input", ExitCodes.BadInput),
        InvalidRequestException => ("bad-input", ExitCodes.BadInput),
        NotFoundException => ("not-found", ExitCodes.BadInput),
        SiloOptionsException => ("bad-input", ExitCodes.BadInput),
        StorageFullException => ("disk-full", ExitCodes.BadInput),
        StateDatabaseException { Failure: StateDatabaseFailure.DiskFull } => ("disk-full", ExitCodes.BadInput),
        StateDatabaseException { Failure: StateDatabaseFailure.NewerSchema or StateDatabaseFailure.NotADatabase or StateDatabaseFailure.NotWritable } =>
            ("bad-state-database", ExitCodes.BadInput),
        IOException io when StorageFullException.IsCause(io) => ("disk-full", ExitCodes.BadInput),
        PgmException p when SaysDiskFull(p.Message) => ("disk-full", ExitCodes.BadInput),
        PgmException or StateDatabaseException or SiloStartException or SiloConnectionException => ("failed", ExitCodes.Failed),
        DownloadException => ("unreachable", ExitCodes.Failed),
        DataCorruptException => ("corrupt", ExitCodes.Failed),
        PlatformNotSupportedException => ("platform", ExitCodes.Failed),
        TimeoutException => ("timeout", ExitCodes.Failed),
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
