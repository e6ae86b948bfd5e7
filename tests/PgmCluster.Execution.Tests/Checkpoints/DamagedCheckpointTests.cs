using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Checkpoints;

public class DamagedCheckpointTests
{
    private const long Terabyte = 1L << 40;

    [Fact]
    public void Run_NoCheckpointIntact_ParksNamingTheFilesAndLeavesThem()
    {
        using var runs = new TestRuns();
        var work = TestRuns.Work("classifier", 6, new Dictionary<string, string> { ["training.checkpointSeconds"] = "0.001" });
        var undisturbed = runs.Train(work with { RunId = "undisturbed" });
        var records = new List<CheckpointRecord>();
        using var stop = new CancellationTokenSource();
        Assert.Throws<WorkInterruptedException>(() => runs.Train(work, runs.Context(
            publish: record => { records.Insert(0, WorkJson.Read<CheckpointRecord>(record)); return true; },
            progress: p => { if (p.Done >= 4) stop.Cancel(); }, stopped: stop.Token)));
        CheckpointRecord[] kept = [.. records.Take(2)];
        string Model(CheckpointRecord record) =>
            runs.FileOf(record.Manifest.Name.Replace("manifest.json", "model.safetensors", StringComparison.Ordinal));
        var whole = File.ReadAllBytes(Model(kept[0]));
        foreach (var record in kept) File.WriteAllBytes(Model(record), [1, 2, 3]);
        var files = runs.Store.List("runs/run/checkpoints/").ToList();

        var parked = Assert.Throws<WorkParkedException>(() => runs.Train(work with { Checkpoints = kept }, runs.Context(generation: 2)));

        Assert.Contains($"none of its {kept.Length} checkpoints is intact", parked.Message);
        foreach (var record in kept)
            Assert.Contains(
                $"step {record.Step}: {record.Manifest.Name.Replace("manifest.json", "model.safetensors", StringComparison.Ordinal)}",
                parked.Message);
        Assert.DoesNotContain('\n', parked.Message);
        Assert.Equal(files, runs.Store.List("runs/run/checkpoints/"));
        // What was put back is gone on from.
        File.WriteAllBytes(Model(kept[0]), whole);
        Assert.Equal(undisturbed.WeightsSha256, runs.Train(work with { Checkpoints = kept }, runs.Context(generation: 3)).WeightsSha256);
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("start")]
    [InlineData("chunk")]
    public void Run_StoppedWhileAWholeFileIsHashed_EndsAtOnce(string what)
    {
        using var runs = new TestRuns();
        var huge = new ArtifactInfo("huge.safetensors", Terabyte, new string('0', 64));
        using (var file = File.Create(runs.FileOf(huge.Name))) file.SetLength(Terabyte);
        var work = TestRuns.Work("classifier", 1);
        var manifest = new CheckpointManifest
        {
            RunId = "run",
            Step = 1,
            Generation = 1,
            SpecificationSha256 = work.SpecificationSha256,
            Model = huge,
            Optimizer = huge,
            Ema = null,
        };
        var written = runs.Store.Write(
            "manifest.json", stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(manifest, WorkJson.Options)));
        using var stop = new CancellationTokenSource();
        stop.CancelAfter(TimeSpan.FromSeconds(1));
        var context = runs.Context(stopped: stop.Token);

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            if (what == "checkpoint") runs.Train(work with { Checkpoints = [new CheckpointRecord(1, 1, written)] }, context);
            else if (what == "start") runs.Train(work with { From = huge }, context);
            else new MergeStatisticsItem(
                new MergeStatisticsWork { Output = "statistics.safetensors", Chunks = [huge], Threads = 1 }).Run(context);
        });
    }
}
