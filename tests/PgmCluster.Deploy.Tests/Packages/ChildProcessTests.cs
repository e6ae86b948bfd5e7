using System.Diagnostics;
using System.Globalization;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>Tests leave no processes, and do not wait for those that others have left.</summary>
public sealed class ChildProcessTests
{
    [Fact]
    public async Task Dispose_HasStartedOthers_EndsThemToo()
    {
        int other;
        using (var child = ChildProcess.Start(["bash", "-c", "setsid sleep 1000 & echo $!; wait"])) other = await PrintedAsync(child);

        await Until.Holds($"process {other} has ended", () => !Runs(other), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Dispose_AnotherHoldsItsOutputOpen_Returns()
    {
        // Its parent has ended: nobody knows any more whose it was.
        var child = ChildProcess.Start(["bash", "-c", "(setsid sleep 1000 & echo $!); sleep 1000"]);
        var other = await PrintedAsync(child);

        await Task.Run(child.Dispose).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.True(Runs(other));
        using var process = Process.GetProcessById(other);
        process.Kill();
    }

    private static async Task<int> PrintedAsync(ChildProcess child)
    {
        await Until.Holds("it says whom it has started", () => child.Out.Length > 0, TimeSpan.FromMinutes(1));
        return int.Parse(child.Out, CultureInfo.InvariantCulture);
    }

    /// <summary>One that has ended and was not taken note of by its parent still has a directory.</summary>
    private static bool Runs(int process)
    {
        try
        {
            return File.ReadAllLines($"/proc/{process}/status").All(l => !l.StartsWith("State:\tZ", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }
}
