using System.Diagnostics;
using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>The whole path with tiny models, undisturbed and killed.</summary>
[Trait("Category", "Process")]
public sealed class QuickstartProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly TemporaryDirectory _directory = new();

    /// <summary>
    /// Where the process is killed: the stage's number and name, and how long after its first line of progress. Together they
    /// fall into tokenizer training, tokenizing, PGM training, and the stages before and after.
    /// </summary>
    private static readonly (string Stage, double Delay)[] Kills =
    [
        ("[2/10] classifier:", 0.1),
        ("[3/10] tokenizer:", 0.5),
        ("[4/10] tokenize:", 0),
        ("[5/10] pgm:", 0.5),
        ("[7/10] evaluate:", 0.1),
    ];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quickstart_KilledInFiveStages_EndsWithTheUndisturbedWeights()
    {
        var undisturbed = await FinishAsync(_directory["a"]);

        var shards = new Dictionary<string, string>();
        foreach (var (stage, delay) in Kills)
        {
            using var process = PgmProcess.Start("quickstart", "--preset", "smoke", "--seed", "1", "--out", _directory["b"]);
            var shardStage = stage.Contains("tokenize:", StringComparison.Ordinal);
            await process.WaitForAsync($"{stage} to begin", p => shardStage
                ? Shards(_directory["b"]).Count > 0
                : p.Out.Contains($"{stage} {(stage.StartsWith("[7", StringComparison.Ordinal) ? "image" : "step")}", StringComparison.Ordinal), Limit);
            await Task.Delay(TimeSpan.FromSeconds(delay));
            process.Kill();

            Assert.False(process.Out.Contains($"{stage} done", StringComparison.Ordinal), $"{stage} was over before it could be killed\n{process}");
            Assert.False(File.Exists(Path.Combine(_directory["b"], "summary.json")));
            foreach (var (name, identity) in shards) Assert.Equal(identity, Shards(_directory["b"])[name]);
            if (shardStage) shards = Shards(_directory["b"]);
        }
        var disturbed = await FinishAsync(_directory["b"]);

        Assert.Equal(Weights(undisturbed), Weights(disturbed));
        Assert.NotEmpty(shards);
        foreach (var (name, identity) in shards) Assert.Equal(identity, Shards(_directory["b"])[name]);
        Assert.Equal(ShardHashes(undisturbed, _directory["a"]), ShardHashes(disturbed, _directory["b"]));
    }

    [Fact]
    public async Task Quickstart_InterruptedAndAgain_GoesOn()
    {
        using (var process = PgmProcess.Start("quickstart", "--preset", "smoke", "--seed", "2", "--out", _directory["a"]))
        {
            await process.WaitForAsync("tokenizer training", p => p.Out.Contains("[3/10] tokenizer: step", StringComparison.Ordinal), Limit);
            process.Interrupt();
            await process.WaitForExitAsync();
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("the same command goes on from there", process.Error);
        }

        var first = await FinishAsync(_directory["a"], seed: 2);
        var watch = Stopwatch.StartNew();
        var second = await FinishAsync(_directory["a"], seed: 2);

        Assert.Equal(first.ToString(), second.ToString());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"a finished quickstart took {watch.Elapsed} to say so");
        foreach (var artifact in second.GetProperty("artifacts").EnumerateObject()) Assert.True(File.Exists(artifact.Value.GetString()), artifact.Name);
    }

    private static async Task<JsonElement> FinishAsync(string directory, int seed = 1)
    {
        using var process = PgmProcess.Start("quickstart", "--preset", "smoke", "--seed", $"{seed}", "--out", directory, "--json");
        await process.WaitForExitAsync(Limit);
        Assert.True(process.ExitCode == 0, process.ToString());
        return JsonSerializer.Deserialize<JsonElement>(process.Out);
    }

    private static string Weights(JsonElement summary) => summary.GetProperty("training").GetProperty("weightsSha256").GetString()!;

    private static string[] ShardFiles(string home)
    {
        var tokens = Path.Combine(home, "artifacts", "tokens");
        return Directory.Exists(tokens) ? [.. Directory.GetFiles(tokens, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Inode and time of change by file: a file that is written again has another inode even where its bytes are the same.</summary>
    private static Dictionary<string, string> Shards(string home)
    {
        var result = new Dictionary<string, string>();
        foreach (var file in ShardFiles(home))
        {
            using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%i %Y", file]) { RedirectStandardOutput = true })!;
            result[Path.GetRelativePath(home, file)] = stat.StandardOutput.ReadToEnd() + File.GetLastWriteTimeUtc(file).Ticks;
        }
        return result;
    }

    private static string[] ShardHashes(JsonElement summary, string home) =>
        [.. ShardFiles(home).Select(f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))), Weights(summary)];
}
