using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Cli.Tests.Processes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Docs;

/// <summary>The README's ways in, as they stand there.</summary>
[Trait("Category", "Process")]
public sealed partial class ReadmeProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>With the quickstart's tiny preset, and without installing: <c>tests/install</c> does that.</summary>
    [Fact]
    public async Task Laptop_CommandsOfTheReadme_DrawMorePictures()
    {
        var (demo, smoke) = (QuickstartPlans.Demo, QuickstartPlans.Smoke);
        var commands = Commands("You have pictures and a laptop.");
        Assert.Equal("quickstart", Assert.Single(commands[1]));
        Assert.Contains(demo.JobId(1, QuickstartStages.Model), commands[2]);

        string[] quickstart = [.. commands[1], "--preset", smoke.Preset, "--out", _directory["pgm-quickstart"]];
        var sample = commands[2].Select(w => w switch
        {
            "pgm-quickstart" or "boots.png" => _directory[w],
            _ => w.Replace(demo.JobId(1, ""), smoke.JobId(1, ""), StringComparison.Ordinal),
        }).ToArray();
        foreach (var command in new[] { quickstart, sample })
        {
            using var run = PgmProcess.Start(command);
            await run.WaitForExitAsync(Limit);
            Assert.True(run.ExitCode == 0, run.ToString());
        }

        Assert.True(File.Exists(_directory["boots.png"]));
    }

    [Fact]
    public async Task Program_CommandsOfTheReadme_TrainOverHttp()
    {
        using var port = new ReservedPort();
        var lines = Lines("You write a program.").Select(l => l.Replace("8081", $"{port.Number}", StringComparison.Ordinal)).ToList();
        var variables = new Dictionary<string, string?> { ["PGM_HOME"] = _directory["home"] };
        using var up = PgmProcess.StartWith(variables, Words(lines[0]));
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));

        using var curl = PgmProcess.StartProgram(
            "bash", ["-c", $"set -e\ncd '{RepositoryRoot.Path}'\n{string.Join("\n", lines.Skip(1))}"]);
        await curl.WaitForExitAsync(Limit);

        Assert.True(curl.ExitCode == 0, curl.ToString());
        using var show = await PgmProcess.RunAsync("runs", "show", "judge", "--json", "--home", _directory["home"]);
        Assert.True(show.ExitCode == 0, $"{show}\n{curl}");
        var status = JsonSerializer.Deserialize<JsonElement>(show.Out).GetProperty("status");
        Assert.True(status.GetProperty("phase").GetString() == "completed", $"{show}\n{curl}");
    }

    private static List<string[]> Commands(string lead) => [.. Lines(lead).Select(Words)];

    /// <summary>The lines of the block that follows a lead.</summary>
    private static string[] Lines(string lead)
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.md"));
        var way = readme[readme.IndexOf($"\n**{lead}**", StringComparison.Ordinal)..];
        return Block().Match(way).Groups[1].Value.TrimEnd().Split('\n');
    }

    /// <summary>What follows "pgm", without the remark.</summary>
    private static string[] Words(string line) => [.. CommandLineParser.SplitCommandLine(line.Split(" # ")[0]).Skip(1)];

    [GeneratedRegex(@"^```bash\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
