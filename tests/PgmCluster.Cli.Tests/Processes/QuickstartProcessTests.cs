using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Faults;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>The whole path with tiny models, undisturbed and killed.</summary>
[Trait("Category", "Process")]
public sealed class QuickstartProcessTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private readonly TemporaryDirectory _directory = new();

    /// <summary>
    /// Where the process is killed: in the trainings of classifier, tokenizer and model, between two shards, and in the evaluation.
    /// </summary>
    private static readonly (string Stage, string Point, string Work, long Step)[] Kills =
    [
        ("[2/8] classifier:", "stepped", "smoke-s1-classifier", 70),
        ("[3/8] tokenizer:", "stepped", "smoke-s1-tokenizer", 40),
        ("[4/8] tokenize:", "shard", "tokens/smoke-s1-tokenize/shard-00001.safetensors", 0),
        ("[5/8] model:", "stepped", "smoke-s1-model", 70),
        ("[7/8] evaluate:", "chunk", "evaluations/smoke-s1-evaluate/generated-00000.safetensors", 0),
    ];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quickstart_KilledInFiveStages_EndsWithTheUndisturbedWeights()
    {
        var undisturbed = await FinishAsync(_directory["a"]);

        var shards = new Dictionary<string, string>();
        using var gates = Gates.Create();
        foreach (var (stage, point, work, step) in Kills)
        {
            var gate = gates.Close(point, work, step);
            using var process = PgmProcess.StartWith(
                gates.Variables, "quickstart", "--preset", "smoke", "--seed", "1", "--out", _directory["b"]);
            var shardStage = stage.Contains("tokenize:", StringComparison.Ordinal);
            await process.WaitForAsync(
                $"{stage} to stand at {gate}", _ => gate.IsReached && (!shardStage || Shards(_directory["b"]).Count > 0), Limit);
            process.Kill();
            gate.Open();

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
        using var gates = Gates.Create();
        var gate = gates.Close("stepped", "smoke-s2-tokenizer", 20);
        using (var process = PgmProcess.StartWith(
            gates.Variables, "quickstart", "--preset", "smoke", "--seed", "2", "--out", _directory["a"]))
        {
            await process.WaitForAsync("tokenizer training", _ => gate.IsReached, Limit);
            process.Interrupt();
            await process.WaitForAsync("the interrupt to be noticed", p => p.Error.Contains("Stopping.", StringComparison.Ordinal));
            gate.Open();
            await process.WaitForExitAsync();
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("the same command goes on from there", process.Error);
        }

        var first = await FinishAsync(_directory["a"], seed: 2);
        var second = await FinishAsync(_directory["a"], seed: 2);

        // Seconds of every stage and all: nothing was done again.
        Assert.Equal(first.ToString(), second.ToString());
        foreach (var artifact in second.GetProperty("artifacts").EnumerateObject())
            Assert.True(File.Exists(artifact.Value.GetString()), artifact.Name);
        await ExportAndImportAsync(_directory["a"], "smoke-s2");
        await FollowLineageAsync(_directory["a"], "smoke-s2");
        await LikelihoodAsync(_directory["a"], "smoke-s2");
    }

    /// <summary>Held-out images cost fewer bits than a uniform guess; tokens without any are refused.</summary>
    private static async Task LikelihoodAsync(string home, string run)
    {
        string[] command = ["--home", home, "evaluate", "bits", "--likelihood", "--model", $"{run}-model", "--json", "--tokens"];
        using var refused = await PgmProcess.RunAsync([.. command, $"{run}-tokenize"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(
            $"'pgm tokenize ID --dataset fashion-mnist --tokenizer {run}-tokenizer --split validation' and name that ID", refused.Error);

        using var tokenize = await PgmProcess.RunAsync(
            "--home", home, "tokenize", "held", "--dataset", "fashion-mnist", "--tokenizer", $"{run}-tokenizer", "--split", "validation");
        Assert.True(tokenize.ExitCode == 0, tokenize.ToString());
        using var process = await PgmProcess.RunAsync([.. command, "held", "--images", "200", "--steps", "16"]);

        Assert.True(process.ExitCode == 0, process.ToString());
        var score = JsonSerializer.Deserialize<JsonElement>(process.Out).GetProperty("result");
        Assert.Equal(
            (200, 49, JsonValueKind.Null),
            (score.GetProperty("images").GetInt32(), score.GetProperty("tokens").GetInt32(), score.GetProperty("remark").ValueKind));
        var guess = Math.Log2(score.GetProperty("codebook").GetInt32());
        Assert.InRange(score.GetProperty("bitsPerToken").GetDouble(), 0, guess);
        Assert.InRange(score.GetProperty("standardError").GetDouble(), 0, 1);

        using var far = await PgmProcess.RunAsync(
            "--home", home, "evaluate", "far", "--likelihood", "--model", $"{run}-model", "--json", "--tokens", "held", "--images", "20",
            "--steps", "49");
        Assert.Contains(
            "49 steps: far from what the model was trained on (halton order, 16 steps, arccos curve)",
            JsonSerializer.Deserialize<JsonElement>(far.Out).GetProperty("result").GetProperty("remark").GetString());
    }

    /// <summary>From a picture that lies somewhere back to the pictures that everything was made from; hashes are those of files.</summary>
    private async Task FollowLineageAsync(string home, string run)
    {
        var grid = _directory["found.png"];
        File.Copy(Path.Combine(home, "grid.png"), grid);

        using var process = await PgmProcess.RunAsync("--home", home, "lineage", grid, "--json");

        Assert.True(process.ExitCode == 0, process.ToString());
        var nodes = JsonSerializer.Deserialize<JsonElement>(process.Out).GetProperty("nodes").EnumerateArray().ToList();
        Assert.Equal(
            [$"{run}-sample", $"{run}-model", $"{run}-tokenize", "fashion-mnist"],
            nodes.Take(4).Select(n => n.GetProperty("name").GetString()));
        var weights = File.ReadAllBytes(Path.Combine(home, "artifacts", "runs", $"{run}-model", "weights.safetensors"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(weights)), nodes[1].GetProperty("sha256").GetString());
        Assert.All(
            nodes.SelectMany(n => n.GetProperty("from").EnumerateArray()),
            e => Assert.Equal(JsonValueKind.Null, e.GetProperty("note").ValueKind));
    }

    /// <summary>Tokens that go to the public code and come back are the same files.</summary>
    private async Task ExportAndImportAsync(string home, string run)
    {
        var saved = _directory["saved"];
        foreach (var command in new[]
        {
            new[] { "tokens", "export", $"{run}-tokenize", saved, "--split", "eval" },
            ["tokens", "import", "back", saved, "--split", "eval", "--tokenizer", $"{run}-tokenizer"],
        })
        {
            using var process = await PgmProcess.RunAsync(["--home", home, .. command]);
            Assert.True(process.ExitCode == 0, process.ToString());
        }
        Assert.Equal(ShardBytes(home, $"{run}-tokenize"), ShardBytes(home, "back"));
        Assert.True(File.Exists(Path.Combine(saved, "eval", "state.json")));

        using var other = await PgmProcess.RunAsync(
            "--home", home, "tokens", "import", "other", saved, "--split", "gone", "--tokenizer", $"{run}-tokenizer");
        Assert.Contains("it has no .arrow files", other.Error);
    }

    private static string[] ShardBytes(string home, string job) =>
        [.. ShardFiles(home).Where(f => f.Contains($"/{job}/", StringComparison.Ordinal)).Select(
            f => $"{Path.GetFileName(f)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}")];

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
        return Directory.Exists(tokens)
            ? [.. Directory.GetFiles(tokens, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>
    /// Inode and time of change by file: a file that is written again has another inode even where its bytes are the same.
    /// </summary>
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
        [.. ShardFiles(home).Select(f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))),
            Weights(summary)];
}
