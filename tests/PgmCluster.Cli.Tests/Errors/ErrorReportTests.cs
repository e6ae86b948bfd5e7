using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Errors;

public sealed class ErrorReportTests
{
    public static TheoryData<Exception, string, int> Cases => new()
    {
        { new BadInputException("x"), "bad-input", 2 },
        { new InvalidRequestException("x"), "bad-input", 2 },
        { new NotFoundException("x"), "not-found", 2 },
        { new PgmException("x"), "failed", 1 },
        { new StateDatabaseException(StateDatabaseFailure.NewerSchema, "x"), "bad-state-database", 2 },
        { new StateDatabaseException(StateDatabaseFailure.DiskFull, "x"), "disk-full", 2 },
        { new StateDatabaseException(StateDatabaseFailure.Busy, "x"), "failed", 1 },
        { new DownloadException("x"), "unreachable", 1 },
        { new HttpRequestException("x"), "unreachable", 1 },
        { new StoreUnreachableException("x"), "unreachable", 1 },
        { new UnauthorizedAccessException("x"), "bad-input", 2 },
        { new DataCorruptException("x"), "corrupt", 2 },
        { new UsageException("x"), "usage", 2 },
        { new OperationCanceledException("x"), "interrupted", 130 },
        { new NoSiloException("/tmp"), "no-silo", 1 },
        { new TimeoutException("x"), "timeout", 1 },
        { new PlatformNotSupportedException("x"), "platform", 1 },
        { Ended(JobPhase.Failed), "job-failed", 1 },
        { Ended(JobPhase.Cancelled), "job-cancelled", 1 },
        { Ended(JobPhase.Paused), "job-paused", 1 },
        { Ended(JobPhase.Parked), "job-parked", 1 },
        { new StorageFullException("/tmp", new IOException("x", 28)), "disk-full", 2 },
        { new HomeLockedException("/tmp", 1), "home-in-use", 1 },
        { new InvalidOperationException("outer", new BadInputException("x")), "bad-input", 2 },
        { new AggregateException(new InvalidRequestException("x")), "bad-input", 2 },
        { new InvalidOperationException("x"), "internal", 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Of_Exception_HasKindAndExitCode(Exception exception, string kind, int code)
    {
        var report = ErrorReport.Of(exception);

        Assert.Equal(kind, report.Kind);
        Assert.Equal(code, report.ExitCode);
        Assert.DoesNotContain('\n', report.Message);
    }

    [Fact]
    public void All_EachKind_IsTestedHereAndInTheTableOfThePage()
    {
        Assert.Equal(ErrorKinds.All.Select(k => k.Kind).Order(), Cases.Select(c => (string)c[1]).Distinct().Order());
        Assert.Equal(
            ErrorKinds.All.Select(k => $"| `{k.Kind}` | {k.Code} | {k.When} |"),
            File.ReadLines(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "running.md"))
                .SkipWhile(line => line != "## Exit codes").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    private static JobEndedException Ended(JobPhase phase) => new(new JobStatus { Id = "x", Kind = JobKind.Training, Phase = phase });
}
