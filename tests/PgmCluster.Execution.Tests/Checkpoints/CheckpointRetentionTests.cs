using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Checkpoints;

public class CheckpointRetentionTests
{
    [Fact]
    public void Run_FilesAreThoseOfTheThreeNewestAndWhatNobodyOfThisGenerationKnows()
    {
        using var runs = new TestRuns();
        // A newer generation has got further, and one is half-written.
        var newer = runs.Store.Write(RunFiles.CheckpointFolder("run", 900, 7) + "manifest.json", stream => stream.Write("{}"u8));
        var unfinished = runs.Store.Write(RunFiles.CheckpointFolder("run", 800, 7) + "model.safetensors", stream => stream.Write("{}"u8));
        var recorded = new List<CheckpointRecord>();
        var work = TestRuns.Work("classifier", 10, new Dictionary<string, string> { ["training.checkpointSeconds"] = "3600" });
        foreach (var stopAt in new[] { 2, 4, 6, 8, 10 })
        {
            using var stop = new CancellationTokenSource();
            var context = runs.Context(
                publish: document => { recorded.Insert(0, WorkJson.Read<CheckpointRecord>(document)); return true; },
                progress: p => { if (p.Done == stopAt) stop.Cancel(); }, stopped: stop.Token);
            var part = work with { Checkpoints = [.. recorded.Take(CheckpointRetention.Kept)] };
            if (stopAt == 10) runs.Train(part, context);
            else Assert.Throws<WorkInterruptedException>(() => runs.Train(part, context));
        }

        Assert.Equal([10L, 8, 6, 4, 2], recorded.Select(r => r.Step));
        var manifests = runs.Store.List(RunFiles.Checkpoints("run")).Select(a => a.Name)
            .Where(n => n.EndsWith("manifest.json", StringComparison.Ordinal))
            .ToArray();
        Assert.Equal([.. recorded.Take(CheckpointRetention.Kept).Reverse().Select(r => r.Manifest.Name), newer.Name], manifests);
        Assert.True(runs.Store.Exists(unfinished.Name));
    }

    [Fact]
    public void Add_KeepsTheNewestThreeOneAStepAndAlwaysWhatIsAdded()
    {
        Assert.Equal([(50, 1), (40, 1), (30, 1)], Added([(50, 1), (40, 1), (30, 1)], (50, 1)));
        Assert.Equal([(60, 2), (50, 1), (40, 1)], Added([(50, 1), (40, 1), (30, 1)], (60, 2)));
        // Of one step the newest generation's, in whatever order they come.
        Assert.Equal([(50, 2), (40, 1)], Added([(50, 1), (40, 1)], (50, 2)));
        Assert.Equal([(50, 2), (40, 1)], Added([(50, 2), (40, 1)], (50, 1)));
        // Came late: from a member that was cut off, or from a run that found the newest ones damaged.
        Assert.Equal([(50, 1), (45, 1), (40, 1)], Added([(50, 1), (40, 1)], (45, 1)));
        Assert.Equal([(50, 1), (40, 1), (10, 2)], Added([(50, 1), (40, 1), (30, 1)], (10, 2)));
    }

    private static (int, int)[] Added((int Step, int Generation)[] recorded, (int Step, int Generation) added) =>
        [.. CheckpointRetention.Add(recorded.Select(Record), Record(added)).Select(r => ((int)r.Step, (int)r.Generation))];

    private static CheckpointRecord Record((int Step, int Generation) of) =>
        new(of.Step, of.Generation, new ArtifactInfo($"{of.Step}-{of.Generation}", 1, new string('0', 64)));
}
