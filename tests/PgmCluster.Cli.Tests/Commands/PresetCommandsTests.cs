using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Suggestions;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class PresetCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    [Fact]
    public async Task Keys_OfAllKinds_EachHasAMeaning()
    {
        var run = await Run("presets", "keys", "--json");

        var keys = run.Json.GetProperty("keys").EnumerateArray().ToList();
        Assert.True(keys.Count > 60, $"{keys.Count} keys");
        Assert.Empty(keys.Where(k => k.GetProperty("meaning").GetString() is not { Length: > 5 })
            .Select(k => k.GetProperty("name").GetString()));
        var channels = keys.Single(k => k.GetProperty("name").GetString() == "model.channelMultipliers");
        Assert.Contains("as a multiple of channels", channels.GetProperty("meaning").GetString());
        Assert.DoesNotContain(keys, k => k.GetProperty("meaning").GetString()!.Contains("String", StringComparison.Ordinal));
        Assert.Equal([1, 2, 2, 4], channels.GetProperty("value").EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal("tokenizer", Assert.Single(channels.GetProperty("kinds").EnumerateArray()).GetString());
    }

    public static TheoryData<string> AllPresets => [.. new SpecificationResolver().Presets];

    /// <summary>What is listed is what --set takes: every key with the very value that is said of it.</summary>
    [Theory]
    [MemberData(nameof(AllPresets))]
    public void Keys_OfAPreset_AreTakenBySet(string preset)
    {
        var keys = SpecificationKeys.OfPreset(preset);
        var facts = new DataFacts { Classes = 10, Codebook = 16, Height = 8, Width = 8 };
        string Resolved(params (string Key, string Value)[] set) =>
            new SpecificationResolver().Resolve(preset, set.ToDictionary(s => s.Key, s => s.Value), 0, facts).Json;
        var laid = JsonNode.Parse(Resolved())!.AsObject();
        string[] groups = ["data", "model", "training", "numerics"];
        var written = groups.SelectMany(g => laid[g]!.AsObject().Select(k => $"{g}.{k.Key}")).ToHashSet();

        foreach (var key in keys)
        {
            var value = key.Value!.ToJsonString().Trim('"');
            if (written.Contains(key.Name)) SpecificationJson.Set(laid, key.Name, value);
            // Younger than specifications that are to keep their text: left out at its default.
            else Assert.Equal(Resolved(), Resolved((key.Name, value)));
        }
        Assert.Superset(written, keys.Select(k => k.Name).ToHashSet());
    }

    [Fact]
    public async Task Keys_OfAPreset_ShowItsValuesAndWhatComesFromTheData()
    {
        var run = await Run("presets", "keys", "tokenizer-64", "--json");
        var pgm = await Run("presets", "keys", "pgm-64", "--json");

        Assert.Equal(64, Key(run, "data.imageSize").GetProperty("value").GetInt32());
        Assert.True(Key(pgm, "model.codebook").GetProperty("isFromData").GetBoolean());
        Assert.Equal(JsonValueKind.Null, Key(pgm, "model.codebook").GetProperty("value").ValueKind);
        Assert.Equal(2, (await Run("presets", "keys", "tokenizer-46")).ExitCode);
    }

    [Fact]
    public async Task Suggest_RegisteredDataset_ProposesASizeWithCommandsTimeAndMemory()
    {
        await Run("dataset", "add", "fashion", _directory.Root);

        var run = await Run("presets", "suggest", "--dataset", "fashion", "--gigaflops", "100", "--json");
        var text = await Run("presets", "suggest", "--dataset", "fashion", "--gigaflops", "100");

        var sizes = run.Json.GetProperty("sizes").EnumerateArray().ToList();
        Assert.Equal([32, 64, 128, 256], sizes.Select(s => s.GetProperty("size").GetInt32()));
        Assert.Single(sizes, s => s.GetProperty("isProposed").GetBoolean());
        Assert.All(sizes, s => Assert.True(s.GetProperty("seconds").GetDouble() > 0 && s.GetProperty("memoryBytes").GetInt64() > 0));
        Assert.Contains("pgm train tok --preset tokenizer-", text.Out);
        Assert.Equal(2, (await Run("presets", "suggest", "--dataset", "fashion", "--gigaflops", "0")).ExitCode);
        Assert.Contains("did you mean 'fashion'?", (await Run("presets", "suggest", "--dataset", "fashoin")).Error);
    }

    /// <summary>The page on one's own pictures names presets, keys and commands that there are.</summary>
    [Fact]
    public void OwnPicturesPage_PresetsAndKeys_AreThere()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/docs/own-pictures.md"));
        var keys = SpecificationKeys.Kinds.SelectMany(SpecificationKeys.OfKind).Select(k => k.Name).ToHashSet();
        var presets = new SpecificationResolver().Presets;

        var named = Regex.Matches(page, @"\b(?:model|training|data|numerics)\.(?!md\b)[a-zA-Z]+").Select(m => m.Value).Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.All(named, key => Assert.Contains(key, keys));
        Assert.All(
            Regex.Matches(page, @"\b(?:tokenizer|pgm|vq)-[0-9]+\b").Select(m => m.Value), preset => Assert.Contains(preset, presets));
    }

    public void Dispose() => _directory.Dispose();

    private static JsonElement Key(CliRun run, string name) =>
        run.Json.GetProperty("keys").EnumerateArray().Single(k => k.GetProperty("name").GetString() == name);

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
