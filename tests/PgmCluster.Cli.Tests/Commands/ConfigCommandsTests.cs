using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class ConfigCommandsTests
{
    private readonly FakeCluster _cluster = new();

    [Fact]
    public async Task Show_TrainingPreset_PrintsWhatARunWouldStoreWithItsHash()
    {
        var run = await Show(
            "pgm-12-12", "--set", "training.steps=500", "--classes", "10", "--codebook", "256", "--grid", "32x16", "--seed", "3", "--json");

        Assert.Equal(0, run.ExitCode);
        var resolved = new SpecificationResolver().Resolve(
            "pgm-12-12", new Dictionary<string, string> { ["training.steps"] = "500" }, 3,
            new DataFacts { Classes = 10, Codebook = 256, Height = 32, Width = 16 });
        Assert.Equal(resolved.Sha256, run.Json.GetProperty("sha256").GetString());
        Assert.Equal("pgm", run.Json.GetProperty("kind").GetString());
        var specification = run.Json.GetProperty("specification");
        Assert.Equal(500, specification.GetProperty("training").GetProperty("steps").GetInt32());
        Assert.Equal(512, specification.GetProperty("model").GetProperty("tokens").GetInt32());
        Assert.Equal(0, _cluster.Embedded);
        Assert.True(
            run.Json.GetProperty("memory").GetProperty("total").GetInt64() > 4 * run.Json.GetProperty("memory").GetProperty("parameters").GetInt64());
    }

    [Theory]
    [InlineData("8", false)]
    [InlineData("1048576", true)]
    public async Task Show_TrainingPreset_SaysWhatMemoryItTakesAndWhetherThisMachineHasIt(string batch, bool isTooMuch)
    {
        var run = await Show("pgm-smoke", "--classes", "10", "--codebook", "64", "--grid", "7x7",
            "--set", $"training.batchSize={batch}", "--set", "training.microBatches=1");
        Assert.Contains("Memory of a device, estimated:", run.Out, StringComparison.Ordinal);
        Assert.Equal(isTooMuch, run.Out.Contains("This machine has", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--tokens", "t1")]
    [InlineData("--dataset", "shoes")]
    public async Task Show_ForNamedData_IsWhatTheClusterWouldRecord(string option, string name)
    {
        _cluster.IsUp = true;

        var run = await Show("pgm-smoke", option, name, "--seed", "7", "--set", "training.steps=5", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("ab12", run.Json.GetProperty("sha256").GetString());
        Assert.Equal([$"resolve pgm-smoke for {name}, seed 7, training.steps=5", "close"], _cluster.Log);
    }

    [Theory]
    [InlineData("pgm-smoke --tokens t1 --dataset d", "exclude each other")]
    [InlineData("pgm-smoke --tokens t1 --classes 10", "'t1' has its own")]
    [InlineData("maskgit-halton --tokens t1", "preset of evaluations")]
    public async Task Show_NamedDataAndSomethingElse_IsRefused(string line, string hint)
    {
        var run = await Show(line.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(hint, run.Error);
    }

    [Fact]
    public async Task Show_ExchangeByNccl_SaysThatBitsAreNotReproducible()
    {
        string[] nccl = ["pgm-smoke", "--classes", "10", "--codebook", "64", "--grid", "7x7", "--set", "training.exchange=nccl", "--set",
            "numerics.exactness=relaxed"];
        Assert.Contains("not reproducible", (await Show(nccl)).Out);
        Assert.False((await Show([.. nccl, "--json"])).Json.GetProperty("reproducible").GetBoolean());
        Assert.DoesNotContain("not reproducible", (await Show(nccl[..7])).Out);
    }

    [Fact]
    public async Task Show_EvaluationPreset_PrintsItsSampler()
    {
        var run = await Show("pgm-12-12-confidence", "--set", "settings.guidance=1.5", "--set", "settings.logitScaleEnd=1.25", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("evaluation", run.Json.GetProperty("kind").GetString());
        var settings = run.Json.GetProperty("specification").GetProperty("settings");
        Assert.Equal("confidence", settings.GetProperty("sampler").GetString());
        Assert.Equal(1.5, settings.GetProperty("guidance").GetDouble());
        Assert.Equal(64, run.Json.GetProperty("sha256").GetString()!.Length);
    }

    [Theory]
    [InlineData("pgm-12-12 --set training.stepz=1", "The nearest is 'training.steps'")]
    [InlineData("pgm-12-12 --codebook 1", "model.codebook = 1")]
    [InlineData("pgm-12-12 --grid 32", "--grid")]
    [InlineData("pgm-12-12-haltom", "'pgm-12-12-halton'")]
    [InlineData("maskgit-halton --set settings.samplr=halton", "'settings.sampler'")]
    [InlineData("maskgit-halton --set settings.steps=0", "1 or more")]
    [InlineData("maskgit-halton --set settings.sampler=halten", "halton")]
    [InlineData("maskgit-halton --set settings.logitScaleEnd=hot", "Correct the value.")]
    public async Task Show_SomethingWrong_SaysSoInOneLine(string line, string hint)
    {
        var run = await Show(line.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(hint, run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Show_EveryPreset_Resolves()
    {
        foreach (var (name, _) in Silo.Hosting.PgmSiloParts.Presets)
        {
            var run = await Show(name, "--classes", "10", "--codebook", "256", "--grid", "8x8");
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Contains("SHA-256 ", run.Out);
        }
    }

    private Task<CliRun> Show(params string[] args) => CliRun.Of(_cluster, ["config", "show", .. args]);
}
