using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Tokenization;
using PgmCluster.Grains.Training;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since tokenizations make several sets, take over tokens of earlier versions, and are estimated.</summary>
internal static class StoredSets
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var tokenization = StoredStates.CopyOf<TokenizationJobState>(before, "tokenization-job.5.json");
        tokenization.Request = tokenization.Request! with { AlsoSplits = ["größe"], Flips = true };
        var shard = new TokenShardInfo { Index = 1, Images = 24, File = StoredStates.Artifact("shard-1") };
        tokenization.Result = tokenization.Result! with
        {
            MoreSets = [new TokenSet { Split = "train", Flipped = true, Images = 24, Shards = [shard] }],
        };
        tokenization.Units = [StoredUnits.Runs[0] with { Ends = [100, 250] }];
        tokenization.Reused = [new ReusedUnits { Job = "tokens-1", Run = "flipped", Number = 3, Index = 7, Count = 2 }];
        tokenization.Estimate = new TokenizationEstimate
        {
            Images = 1_281_167,
            Shards = 641,
            BatchSize = 100,
            Bytes = 9007199254740993,
            ImagesPerSecond = 212.5,
            MeasuredBy = "tokens-1",
        };
        tokenization.ImagesPerSecond = 198.5;
        yield return ("tokenization-job.6.json", tokenization);
        var training = StoredStates.CopyOf<TrainingRunState>(before, "training-run.4.json");
        training.Request = training.Request! with { Flips = true };
        training.Flipped = [StoredStates.Artifact("tokens/flipped-0")];
        yield return ("training-run.5.json", training);
    }
}
