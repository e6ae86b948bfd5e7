using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

/// <summary>A dataset that is registered by a job, registered again, and removed, by the real program.</summary>
[Trait("Category", "Process")]
public sealed class DatasetJobProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Add_ByAJob_WaitsRegistersAgainAndIsRemoved()
    {
        var source = Directory.CreateDirectory(_directory["source"]).FullName;
        SourceFiles.Idx(source, "a", [0, 1, 1]);
        SourceFiles.Idx(source, "b", [1, 0]);
        using var up = PgmProcess.StartWith(
            new Dictionary<string, string?> { ["PGM_REGISTERATONCEBYTES"] = "0" },
            "up", "--home", _directory["home"], "--devices", "cpu:0");
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));

        var first = await AddAsync(source);
        Assert.Equal((5, 2), (first.GetProperty("images").GetInt32(), first.GetProperty("shards").GetInt32()));
        using (var runs = await RunAsync("runs", "show", "register-digits-1", "--json")) Assert.Contains("\"completed\"", runs.Out);

        SourceFiles.Idx(source, "b", [1, 1, 0, 0]);
        var second = await AddAsync(source);
        Assert.Equal((7, 2), (second.GetProperty("images").GetInt32(), second.GetProperty("version").GetInt32()));

        SourceFiles.Write(source, "b-labels-idx1-ubyte", "no labels");
        using (var broken = await RunAsync("dataset", "add", "digits", source))
        {
            Assert.True(broken.ExitCode == 2, broken.ToString());
            Assert.Contains("b-labels-idx1-ubyte", broken.ErrorLines[^1]);
        }
        using (var show = await RunAsync("dataset", "show", "digits"))
        {
            Assert.Contains("digits, version 2", show.Out);
            Assert.Contains("3 ('0') to 4 ('1') images of a class", show.Out);
        }
        using (var removed = await RunAsync("dataset", "remove", "digits")) Assert.True(removed.ExitCode == 0, removed.ToString());
        using var gone = await RunAsync("dataset", "show", "digits");
        Assert.Equal(2, gone.ExitCode);
        Assert.Contains("digits", Assert.Single(gone.ErrorLines));
    }

    private async Task<JsonElement> AddAsync(string source)
    {
        using var run = await RunAsync("dataset", "add", "digits", source, "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        return JsonSerializer.Deserialize<JsonElement>(run.Out);
    }

    private Task<PgmProcess> RunAsync(params IEnumerable<string> args) =>
        PgmProcess.RunAsync([.. args, "--no-embed", "--home", _directory["home"]]);
}
