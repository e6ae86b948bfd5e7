using System.Diagnostics;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>Real processes and kill -9.</summary>
public sealed class KilledSiloTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Restart_AfterKill_IsReadyAndHasEveryAcknowledgedWrite()
    {
        var acknowledged = 0;
        for (var round = 0; round < 3; round++)
        {
            await using var silo = await TestSilo.StartAsync(_home.Path);
            output.WriteLine($"start {round}{(round > 0 ? " (after kill -9)" : " (cold)")}: {silo.FirstLine}");
            await using var connection = await SiloConnection.ConnectAsync(silo.Endpoint(_home.Path));
            var grain = connection.Client.GetGrain<IProbeGrain>("durable");
            Assert.Equal(acknowledged, (await grain.Read()).Count);
            for (var i = 0; i < 20; i++) acknowledged = await grain.Write($"{round}/{i}");
            await silo.KillAsync();
        }
    }

    [Fact]
    public async Task Kill_OneOfTwoSilos_TheGrainAnswersFromTheOther()
    {
        await using var first = await TestSilo.StartAsync(_home.Path, "first", exclusive: false);
        await using var second = await TestSilo.StartAsync(_home.Path, "second", exclusive: false);
        output.WriteLine($"second silo: {second.FirstLine}");
        await using var connection = await SiloConnection.ConnectAsync(second.Endpoint(_home.Path));
        Assert.Equal(second.Pid, second.Endpoint(_home.Path).Pid);
        var grain = await FindGrainOn("first", connection.Client);
        Assert.Equal(1, await grain.Write("kept"));

        await first.KillAsync();
        var watch = Stopwatch.StartNew();

        var reading = await Until.Holds(
            "the grain answers from silo 'second'", grain.Read, r => r.Silo == "second", TimeSpan.FromSeconds(60));
        output.WriteLine($"answered from the other silo {watch.Elapsed.TotalSeconds:0.0} s after kill -9");
        Assert.Equal(("kept", 1), (reading.Text, reading.Count));

        // The name comes back in a new process while the other goes on.
        await using var again = await TestSilo.StartAsync(_home.Path, "first", exclusive: false);
        output.WriteLine($"first silo again: {again.FirstLine}");
        Assert.StartsWith("READY", again.FirstLine);
        Assert.Equal(2, await grain.Write("still here"));
        Assert.Equal(0, await again.StopAsync());
        Assert.Equal(0, await second.StopAsync());
        Assert.Null(SiloEndpoint.Find(_home.Path));
    }

    [Fact]
    public async Task Start_SecondSiloOnTheSameHome_IsRefusedByPid()
    {
        await using var first = await TestSilo.StartAsync(_home.Path);

        await using var second = await TestSilo.StartAsync(_home.Path);

        Assert.StartsWith("FAILED HomeLockedException", second.FirstLine);
        Assert.Contains($"process {first.Pid} ", second.FirstLine);
    }

    /// <summary>
    /// A new grain that was placed on a silo. A silo that has just joined places grains on itself alone until it has read what the other
    /// one hosts, so grains are made until one is placed there.
    /// </summary>
    private static async Task<IProbeGrain> FindGrainOn(string silo, IClusterClient client)
    {
        var made = 0;
        IProbeGrain grain = null!;
        await Until.Holds($"a grain is placed on silo '{silo}'", async () =>
        {
            grain = client.GetGrain<IProbeGrain>($"grain-{made++}");
            return (await grain.Read()).Silo;
        }, placed => placed == silo);
        return grain;
    }
}
