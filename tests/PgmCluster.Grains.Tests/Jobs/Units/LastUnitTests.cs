using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs.Units;

/// <summary>The unit that puts the results of all others together, on the example of an evaluation.</summary>
public class LastUnitTests : ClusterTest
{
    private static readonly EvaluationRequest Request = new() { Model = "model", Classifier = "cls", Images = 5, ChunkSize = 3 };

    [Fact]
    public async Task Wake_WhileTheLastUnitRuns_GathersNoResults()
    {
        var (job, merge) = await StartMerge();
        // What it has heard of it knows; what it has forgotten it asks for.
        Assert.Equal(0, Cluster.Calls.Of("IWorkUnitGrain.GetResult"));
        await job.Cancel();
        await Cluster.Silos.DeactivateAsync(job);
        await job.Start(Request);
        merge = await Work.Next();
        var gathered = Cluster.Calls.Of("IWorkUnitGrain.GetResult");
        Assert.NotEqual(0, gathered);

        await job.Wake();
        await job.Wake();

        Assert.Equal(gathered, Cluster.Calls.Of("IWorkUnitGrain.GetResult"));
        Complete(merge);
        await ToRest(job, JobPhase.Completed);
    }

    [Fact]
    public async Task Conclude_AllResultsWereGathered_NoUnitStaysActivated()
    {
        var (job, merge) = await StartMerge();
        Complete(merge);
        await ToRest(job, JobPhase.Completed);

        var management = Cluster.Grains.GetGrain<IManagementGrain>(0);
        using var patience = new CancellationTokenSource(Waits.Limit);
        while ((await management.GetDetailedGrainStatistics()).Any(g => g.GrainType.Contains("WorkUnit", StringComparison.Ordinal)))
            await Task.Delay(20, patience.Token);
    }

    private async Task<(IEvaluationJobGrain Job, FakeItem Merge)> StartMerge()
    {
        await Cluster.MakeModel();
        var job = Cluster.Evaluation("eval");
        await job.Start(Request);
        FakeItem item;
        while ((item = await Work.Next()).Kind == WorkKinds.EvaluateChunk)
        {
            var work = item.Read<EvaluateChunkWork>();
            item.Complete(new EvaluateChunkResult
            {
                Features = new ArtifactInfo(work.Output, 9, new string('8', 64)),
                Images = work.Images?.Count ?? work.Labels.Count,
            });
        }
        return (job, item);
    }

    private static void Complete(FakeItem merge) =>
        merge.Complete(new EvaluationResult { FrechetGenerated = 1, Images = 5, ReferenceImages = 24 });
}
