using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>Tests beside a cluster in use do not see it. <c>.ci/run</c> names a gateway that nobody has to all of them.</summary>
public class TestEnvironmentTests
{
    [Fact]
    public void Environment_OfATestProcess_HasNoSettingOfSilosOrClients() => Assert.DoesNotContain(
        Environment.GetEnvironmentVariables().Keys.Cast<string>(),
        name => name.StartsWith("PGM_", StringComparison.Ordinal) && !TestEnvironment.Kept.Contains(name));

    [Fact]
    public void Clear_SettingsAndBuildEngine_LeavesWhatIsSaidToTestsAndEverybodyElsesVariables()
    {
        var variables = new Dictionary<string, string?>
        {
            ["PGM_GATEWAY"] = "10.0.0.1:30000",
            ["PGM_TLS"] = "/etc/pgm",
            ["MSBuildSDKsPath"] = "/sdk",
            ["PGM_GOLDEN"] = "/golden",
            ["PATH"] = "/bin",
        };

        TestEnvironment.Clear(variables);

        Assert.Equal(["PATH", "PGM_GOLDEN"], variables.Keys.Order(StringComparer.Ordinal));
    }
}
