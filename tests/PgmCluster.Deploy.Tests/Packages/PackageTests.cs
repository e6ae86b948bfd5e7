using System.Text.RegularExpressions;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>The libraries as packages: a program outside of the repository is built from them alone, and runs.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task TrainWithoutSilo_BuiltFromPackagesOutsideTheRepository_LearnsSavesAndDraws()
    {
        var program = await PackagedSample.ProgramAsync("TrainWithoutSilo", "PgmCluster.Execution");
        var directory = Path.GetDirectoryName(program)!;

        var output = await Dotnet.RunAsync(directory, program, "weights.safetensors");

        var match = Regex.Match(output, @"loss ([0-9.]+) -> ([0-9.]+); rows drawn for classes 0 and 1: (.*)");
        Assert.True(match.Success, output);
        Assert.True(match.Groups[3].Value == "0 1 2 3 4 5 6 7", output);
        Assert.True(File.Exists(Path.Combine(directory, "weights.safetensors")));
    }
}
