using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Devices;

/// <summary>After work failed on a device it takes nothing before it computes rightly again.</summary>
/// <param name="worker">Key of its worker.</param>
/// <param name="device">The device.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The device's log.</param>
/// <param name="shuttingDown">The silo is leaving.</param>
internal sealed partial class DeviceRecheck(
    string worker, DeviceThread device, TimeProvider time, ILogger logger, CancellationToken shuttingDown)
{
    /// <summary>A device that takes so long for a small product does not answer.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger = logger;
    private volatile string? _problem;

    /// <summary>What is wrong with the device, in one line; null where nothing was found, or not yet.</summary>
    public string? Problem => _problem;

    /// <summary>Checks the device until it computes rightly, or the silo leaves.</summary>
    /// <param name="workId">What failed on it.</param>
    /// <param name="unsound">Called once where it does not.</param>
    public async Task AwaitSound(string workId, Func<Task> unsound)
    {
        try
        {
            shuttingDown.ThrowIfCancellationRequested();
            var check = device.CheckDevice();
            while (await Outcome(check) is { } problem)
            {
                var isNews = _problem is null;
                _problem = problem;
                if (isNews)
                {
                    LogUnsound(worker, workId, problem);
                    await unsound();
                }
                await Task.Delay(Interval, time, shuttingDown);
                if (check.IsCompleted) check = device.CheckDevice();
            }
            if (_problem is not null) LogSound(worker);
        }
        catch (OperationCanceledException)
        {
            // Nothing begins any more.
        }
        _problem = null;
    }

    private async Task<string?> Outcome(Task<string?> check)
    {
        try
        {
            return await check.WaitAsync(Timeout, time, shuttingDown);
        }
        catch (TimeoutException)
        {
            return $"Checking {worker}: it has not answered for {Timeout.TotalSeconds:0} s.";
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Worker} takes no work: after {WorkId} failed on it a check found: "
        + "{Problem} It is checked again now and then; where it does not recover, restart its silo or take the device out")]
    private partial void LogUnsound(string worker, string workId, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Worker} computes rightly again and takes work")]
    private partial void LogSound(string worker);
}
