using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.BlockCausal;
using PgmCluster.Modeling.Partition;
using PgmCluster.TestSupport;
using TorchSharp;

namespace PgmCluster.Execution.Tests.Specifications;

/// <summary>What deploy/docs/encode-once.md says of settings and sizes is so.</summary>
public sealed partial class EncodeOncePageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "encode-once.md"));

    [Fact]
    public void Orders_EveryKeyAndNoOther_IsExplained()
    {
        var facts = new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 };
        var json = JsonNode.Parse(new SpecificationResolver().Resolve("pgm-once-fashion", new Dictionary<string, string>(), 1, facts).Json)!;
        var keys = json["orders"]!.AsObject().Select(p => $"orders.{p.Key}");
        var rows = s_page.Split('\n').Where(line => line.StartsWith("| `orders.", StringComparison.Ordinal)).SelectMany(
            line => Key().Matches(line.Split('|')[1]).Select(m => m.Groups[1].Value));

        Assert.Equal(keys.Order(), rows.Order());
    }

    [Fact]
    public void Cache_OfTheLargePreset_IsAsLargeAsThePageSays()
    {
        Assert.Contains($"{Megabytes("own"):0} MB a\nsequence in bfloat16", s_page);
        Assert.Contains($"({Megabytes("shared"):0} MB with shared keys and values in the cross blocks)", s_page);
    }

    private static double Megabytes(string crossKeyValues)
    {
        var facts = new DataFacts { Classes = 1000, Codebook = 16384, Height = 32, Width = 32 };
        var resolved = new SpecificationResolver().Resolve(
            "pgm-once-12-12", new Dictionary<string, string> { ["model.crossKeyValues"] = crossKeyValues }, 1, facts);
        var specification = SpecificationJson.Parse(resolved.Json);
        using var model = new PartitionTransformer(
            SpecificationJson.Read<PartitionTransformerSettings>(specification.Model), seed: null, new torch.Device(DeviceType.META))
        {
            ComputeType = torch.ScalarType.BFloat16,
        };
        return new CachedTokenModel(model).KeptBytes(guided: false) / 1e6;
    }

    [GeneratedRegex("`(orders\\.[A-Za-z]+)`")]
    private static partial Regex Key();
}
