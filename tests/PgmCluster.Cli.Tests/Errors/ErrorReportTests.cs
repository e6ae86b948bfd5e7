using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;

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
}
