using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.TestSupport;

namespace PgmCluster.Grains.Tests.Recovery;

/// <summary>
/// Jobs that were under way in a version whose shards and parts were no units: "flips" with four of five shards done and one on a device,
/// "eval" with one of five parts done and two queued. The samples are what that version stored, and are never edited.
/// </summary>
public class BeforeUnitsTests
{
    [Fact]
    public async Task ClusterStart_OnStateOfTheVersionBefore_GoesOnAndDoesNothingTwice()
    {
        var root = Directory.CreateTempSubdirectory("pgm-grains-").FullName;
        try
        {
            var state = Directory.CreateDirectory(Path.Combine(root, "state")).FullName;
            var samples = Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Grains.Tests", "Samples", "before-units");
            foreach (var file in Directory.GetFiles(samples)) File.Copy(file, Path.Combine(state, Path.GetFileName(file)));

            // The devices that were at them are back, and know of nothing.
            await using var cluster = await GrainCluster.Start("cpu:0,cpu:1", directory: root, auto: Answer);
            await GrainCluster.ToRest(cluster.Tokens("flips"), JobPhase.Completed);
            await GrainCluster.ToRest(cluster.Evaluation("eval"), JobPhase.Completed);

            var tokens = await cluster.Tokens("flips").GetResult();
            Assert.Equal((24, 7, 7, 16, 4), (tokens.Images, tokens.Height, tokens.Width, tokens.Codebook, tokens.CodesUsed));
            Assert.Equal([5, 5, 5, 5, 4], tokens.Shards.Select(s => s.Images));
            Assert.Equal("tokens/flips/shard-00003.safetensors", tokens.Shards[3].File.Name);
            Assert.Equal((24, 4), ((await cluster.Evaluation("eval").GetScores()).ReferenceImages,
                (await cluster.Evaluation("eval").GetScores()).Basis!.HeldOutImages));
            var shards = cluster.Work.Created.Where(i => i.Kind == WorkKinds.TokenizeShard).Select(i => i.Read<TokenizeShardWork>());
            Assert.All(shards, s => Assert.Equal("tokens/flips/shard-00004.safetensors", s.Output));
            var chunks = cluster.Work.Created.Where(i => i.Kind == WorkKinds.EvaluateChunk).Select(i => i.Read<EvaluateChunkWork>().Output);
            Assert.Equal(
                ["generated-00000", "real-00000", "reconstructed-00000"],
                chunks.Distinct().Order().Select(o => Path.GetFileNameWithoutExtension(o)));
            var merge = cluster.Work.Created.Single(i => i.Kind == WorkKinds.MergeEvaluation).Read<MergeEvaluationWork>();
            Assert.Equal(("f", "f"), (merge.Reference.Single().Name, merge.Generated.Single().Name));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Activate_StateOfANewerFormatWithoutUnits_IsLeftAsItIs()
    {
        await using var cluster = await GrainCluster.Start("none");
        var job = cluster.Evaluation("newer");
        await cluster.Storage.WriteStateAsync("evaluation-job", job.GetGrainId(), new GrainState<EvaluationJobState>(
            new() { FormatVersion = 3, Request = new() { Model = "model" }, Phase = JobPhase.Running }));

        await Assert.ThrowsAnyAsync<Exception>(() => job.GetStatus());

        var stored = new GrainState<EvaluationJobState>();
        await cluster.Storage.ReadStateAsync("evaluation-job", job.GetGrainId(), stored);
        Assert.Equal((3, JobPhase.Running), (stored.State!.FormatVersion, stored.State.Phase));
    }

    private static string Answer(FakeItem item) => item.Kind switch
    {
        WorkKinds.TokenizeShard => WorkJson.Write(GrainCluster.ShardResult(item)),
        WorkKinds.EvaluateChunk => """{"features":{"name":"f","size":1,"sha256":"0"},"images":4}""",
        _ => """{"frechetGenerated":1,"images":4,"referenceImages":24}""",
    };
}
