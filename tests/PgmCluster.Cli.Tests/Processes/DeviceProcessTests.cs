using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>A device that is not there is refused; nothing computes on the CPU in its name.</summary>
[Trait("Category", "Process")]
public sealed class DeviceProcessTests : IDisposable
{
    // Not there on any machine, whether it has GPUs or not.
    private const string Device = "cuda:999";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("up", "--home")]
    [InlineData("workers", "--home")]
    [InlineData("quickstart", "--out")]
    [InlineData("doctor", "--home")]
    public async Task Command_GpuThatIsNotThere_IsRefusedInOneLine_NothingStarts(string command, string directory)
    {
        using var run = await PgmProcess.RunWithAsync("PGM_DEVICES", Device, command, directory, _directory["home"]);

        AssertRefused(run);
    }

    [Fact]
    public async Task Speed_GpuThatIsNotThere_IsRefusedInOneLine()
    {
        using var run = await PgmProcess.RunWithAsync("PGM_DEVICES", Device, "speed", "--models", "pgm-smoke");

        AssertRefused(run);
    }

    private void AssertRefused(PgmProcess run)
    {
        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}\n{run}");
        Assert.Contains(Device, Assert.Single(run.ErrorLines));
        Assert.Equal("", run.Out);
        Assert.False(Directory.Exists(_directory["home"]), "the refused command left its directory");
    }
}
