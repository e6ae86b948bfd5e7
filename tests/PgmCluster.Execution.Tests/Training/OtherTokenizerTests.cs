using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>Equal grids and codebooks say nothing: the same codes of another tokenizer stand for other pictures.</summary>
public class OtherTokenizerTests
{
    private static readonly string Made = new('a', 64), Other = new('b', 64);

    [Fact]
    public void CreateTask_ShardOfAnotherTokenizerThanTheRunDecodesWith_IsRefusedAndBothAreNamed()
    {
        using var runs = new TestRuns();

        var e = Assert.Throws<BadInputException>(() => Open(runs, Made, Other).Dispose());

        Assert.Contains($"tokens/made-up.safetensors was made by the tokenizer with SHA-256 {Made}", e.Message);
        Assert.Contains($"the run decodes with runs/tok/weights.safetensors, whose SHA-256 is {Other}", e.Message);
    }

    [Fact]
    public void CreateTask_ShardOfTheSameTokenizerOrOneThatDoesNotSay_IsTaken()
    {
        using var runs = new TestRuns();
        Open(runs, Made, Made).Dispose();
        Open(runs, null, Other).Dispose();
        Open(runs, Made, null).Dispose();
    }

    private static TrainingTask Open(TestRuns runs, string? made, string? decodes)
    {
        var shard = new TokenShardWriter(7, 7);
        for (var i = 0; i < 64; i++) shard.Add(new ushort[49], i % 10);
        if (made is not null) shard.Metadata["tokenizer"] = made;
        var work = TestRuns.Work("pgm", 1, tokens: [runs.Store.Write("tokens/made-up.safetensors", shard.WriteTo)]) with
        {
            Tokenizer = decodes is null ? null : new ArtifactInfo("runs/tok/weights.safetensors", 1, decodes),
        };
        var specification = SpecificationJson.Parse(work.Specification);
        return ModelKinds.Get(specification.Kind).CreateTask(specification, work, runs.Context());
    }
}
