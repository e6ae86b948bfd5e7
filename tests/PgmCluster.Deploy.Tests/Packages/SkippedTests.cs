using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>.ci/skipped: what CI skips is listed, and nothing else may be.</summary>
public sealed class SkippedTests
{
    private const string Gpu = "PgmCluster.Modeling.Tests.Golden.MaskGitGpuTests.Forward_TinyModel_GivesReferences(variant: \"a [b]\")";
    private const string FullSize = "PgmCluster.Modeling.Tests.Golden.FullSizeGoldenTests.Predict";

    [Fact]
    public async Task Skipped_ListedTests_AreCountedWithTheReason()
    {
        var (exitCode, output) = await RunAsync(Gpu, FullSize, Gpu);

        Assert.Equal(0, exitCode);
        Assert.Equal(["2 skipped: no CUDA device", "1 skipped: PGM_FULL_SIZE=1 runs them"], output);
    }

    [Fact]
    public async Task Skipped_AnotherTest_FailsWithItsName()
    {
        var (exitCode, output) = await RunAsync(Gpu, "PgmCluster.Cluster.Tests.Gangs.GangTests.Run");

        Assert.Equal(1, exitCode);
        Assert.Contains("Skipped, and not allowed to be: PgmCluster.Cluster.Tests.Gangs.GangTests.Run", output);
    }

    [Fact]
    public async Task Skipped_MoreThanListed_FailsWithTheirNames()
    {
        var (exitCode, output) = await RunAsync(FullSize, FullSize, FullSize);

        Assert.Equal(1, exitCode);
        Assert.Contains($"Skipped, and not allowed to be (more than 2 for: PGM_FULL_SIZE=1 runs them): {FullSize}", output);
    }

    [Theory]
    [InlineData("sh", 1)]
    [InlineData("nobody-has-this-program", 0)]
    public async Task Skipped_ForWantOfAProgram_MayBeWhereItIsMissingAlone(string program, int expected)
    {
        var rules = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(rules, $"# Rules.\n3 ^PgmCluster\\.Modeling\\. unless:{program} it is missing\n");

            Assert.Equal(expected, (await RunWithAsync(rules, Gpu, Gpu)).ExitCode);
        }
        finally
        {
            File.Delete(rules);
        }
    }

    private static Task<(int ExitCode, string[] Output)> RunAsync(params string[] skipped) =>
        RunWithAsync(Path.Combine(RepositoryRoot.Path, ".ci", "skips"), skipped);

    private static async Task<(int ExitCode, string[] Output)> RunWithAsync(string rules, params string[] skipped)
    {
        var log = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(log, [.. skipped.Select(s => $"  Skipped {s} [1 ms]"), "Passed!  - Failed:     0, Passed:     7"]);
            using var run = ChildProcess.Start([Path.Combine(RepositoryRoot.Path, ".ci", "skipped"), log, rules]);
            var exitCode = await run.WaitForExitAsync(TimeSpan.FromMinutes(1));
            return (exitCode, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            File.Delete(log);
        }
    }
}
