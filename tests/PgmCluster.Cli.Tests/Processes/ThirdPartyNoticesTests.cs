using System.Text.Json;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>Programs carry the licences of what others made.</summary>
public sealed class ThirdPartyNoticesTests
{
    [Theory]
    [InlineData("PgmCluster.Cli", "pgm")]
    [InlineData("PgmCluster.Silo", "pgm-silo")]
    public void Notices_OfAProgram_NameEveryPackageThatAFileOfItsIsFrom(string project, string program)
    {
        var output = Path.Combine(
            RepositoryRoot.Path, "src", project, "bin", Dotnet.Configuration, "net10.0", "linux-x64");
        var notices = File.ReadAllText(Path.Combine(output, "THIRD-PARTY-NOTICES.txt"));
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, program + ".deps.json")));
        var libraries = dependencies.RootElement.GetProperty("libraries");
        var target = dependencies.RootElement.GetProperty("targets").EnumerateObject().Single(t => t.Name.EndsWith("/linux-x64", StringComparison.Ordinal));
        var packages = target.Value.EnumerateObject()
            .Where(l => libraries.GetProperty(l.Name).GetProperty("type").GetString() == "package")
            .Where(l => new[] { "runtime", "native" }.Any(part => l.Value.TryGetProperty(part, out var files) && files.EnumerateObject().Any()))
            .Select(l => l.Name.Replace('/', ' ')).ToList();

        Assert.Contains(packages, p => p.StartsWith("TorchSharp ", StringComparison.Ordinal));
        Assert.Contains(packages, p => p.StartsWith("libtorch-cpu-linux-x64 ", StringComparison.Ordinal));
        Assert.All(packages, p => Assert.Contains($"\n{p}\n", notices));
        Assert.Contains("TorchSharp.dll is changed by this build", notices);
        // Licences that packages only name are there in full.
        Assert.Contains("Permission is hereby granted, free of charge", notices);
        Assert.Contains("END OF TERMS AND CONDITIONS", notices);
    }
}
