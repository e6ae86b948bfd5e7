using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Hosting;

public sealed class HomeLockTests : IDisposable
{
    private static readonly Dictionary<string, string> s_noLocks = new() { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Start_FileLocksOfDotNetAreSwitchedOff_ASecondSiloIsRefused()
    {
        await using var first = await TestSilo.StartAsync(_home.Path, environment: s_noLocks);
        Assert.StartsWith("READY", first.FirstLine);

        await using var second = await TestSilo.StartAsync(_home.Path, environment: s_noLocks);

        Assert.StartsWith("FAILED HomeLockedException", second.FirstLine);
        Assert.Contains($"process {first.Pid}", second.FirstLine);
    }

    [Fact]
    public async Task Acquire_HolderWasKilled_IsFree()
    {
        await using var silo = await TestSilo.StartAsync(_home.Path, environment: s_noLocks);
        Assert.Throws<HomeLockedException>(() => HomeLock.Acquire(_home.Path));

        await silo.KillAsync();

        HomeLock.Acquire(_home.Path).Dispose();
    }
}
