using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;
using Serilog.Extensions.Logging;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>What a silo writes down while its database refuses it, and what it does not.</summary>
public sealed class SiloLoggingTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Log_DatabaseRefusesAHundredTimes_IsALinePerSourceAndAMinute_WithACount()
    {
        var log = SiloLogging.Create(Options, _time);
        for (var i = 0; i < 100; i++)
        {
            log.ForContext("SourceContext", "Membership").Warning(Thrown(Refused()), "Reading the table, attempt {Attempt}", i);
            log.ForContext("SourceContext", "Storage").Error(
                Thrown(new InvalidOperationException("wrapped\nin lines", Refused())), "Writing {Grain}", i);
        }
        for (var i = 100; i <= 112; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            log.ForContext("SourceContext", "Membership").Warning(Thrown(Refused()), "Reading the table, attempt {Attempt}", i);
        }
        SiloLogging.Close(log);

        var lines = Lines();
        Assert.Equal(5, lines.Length);
        Assert.Contains("Membership Reading the table, attempt 0: Trying to use the state database: the server refuses the user", lines[0]);
        Assert.Contains("Storage Writing 0: Trying to use", lines[1]);
        Assert.Contains("attempt 111", lines[2]);
        Assert.EndsWith("(110 more of this cause were not written)", lines[2]);
        Assert.Contains("attempt 112", lines[3]);
        Assert.Contains("Storage Writing 99", lines[4]);
        Assert.EndsWith("(98 more of this cause were not written)", lines[4]);
    }

    [Fact]
    public void Log_OtherCausesAndOtherFaults_AreWritten_FaultsWithTheirStack()
    {
        var log = SiloLogging.Create(Options, _time);
        log.Error(Thrown(Refused()), "First");
        log.Error(Thrown(new StateDatabaseException(StateDatabaseFailure.DiskFull, "The disk is full.")), "Second");
        log.Error(Thrown(new StateDatabaseException(StateDatabaseFailure.DiskFull, "The disk is full.")), "Second again");
        log.Error(Thrown(new PostgresException("syntax error", "ERROR", "ERROR", "42601")), "A statement of ours");
        log.Error(Thrown(new InvalidOperationException("a fault")), "Another fault");
        SiloLogging.Close(log);

        var text = string.Join('\n', Lines());
        Assert.Contains("Second: The disk is full.", text);
        Assert.Contains("Second again", text);
        Assert.Equal(2, text.Split($"   at {typeof(SiloLoggingTests).FullName}.{nameof(Thrown)}").Length - 1);
        Assert.Contains("42601", text);
        Assert.Contains("a fault", text);
    }

    [Fact]
    public void Log_RefusedAgainAfterItWorked_IsSaidAtOnce()
    {
        var log = SiloLogging.Create(Options, _time);
        log.Error(Thrown(Refused()), "First");
        _time.Advance(TimeSpan.FromSeconds(10));
        log.Error(Thrown(Refused()), "Second");
        SiloLogging.Close(log);

        Assert.Equal(2, Lines().Length);
    }

    [Fact]
    public void Log_StallThatBeganBeforeTheSilo_IsNotWritten()
    {
        var log = SiloLogging.Create(Options, _time);
        _time.Advance(TimeSpan.FromSeconds(20));
        // As Orleans says it.
        using (var provider = new SerilogLoggerProvider(log))
        {
            var watchdog = provider.CreateLogger("Orleans.Runtime.Watchdog");
            foreach (var stall in new[] { TimeSpan.FromHours(3), TimeSpan.FromSeconds(20) })
                watchdog.LogWarning("Nothing for {TimeSinceLastTick}", stall);
        }
        SiloLogging.Close(log);

        Assert.Contains("00:00:20", Assert.Single(Lines()));
    }

    private SiloOptions Options => new() { Home = _home.Path, LogToConsole = false };

    private string[] Lines() => File.ReadAllLines(Assert.Single(Directory.GetFiles(System.IO.Path.Combine(_home.Path, "logs"))));

    private static PostgresException Refused() => new("password authentication failed", "FATAL", "FATAL", "28P01");

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
