using System.Collections.Concurrent;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Evaluation;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Work;

/// <summary>A device computes while what it gave is encoded and written.</summary>
public sealed class OffTheDevicesThreadTests(StandInModels models) : IClassFixture<StandInModels>
{
    private static readonly TimeSpan Deadlock = TimeSpan.FromMinutes(1);

    [Fact]
    public void Train_GridsAndCheckpoints_AreWrittenByOtherThreads()
    {
        using var runs = new TestRuns();
        var writers = new ConcurrentBag<(string Name, int Thread)>();
        var store = new RefusingStore(runs.Store, name =>
        {
            writers.Add((name, Environment.CurrentManagedThreadId));
            return null;
        });
        var context = new WorkContext { Generation = 1, Device = runs.Context().Device, Artifacts = store };

        new TrainItem(Work()).Run(context);

        var here = Environment.CurrentManagedThreadId;
        int[] Threads(string folder) => [.. writers.Where(w => w.Name.StartsWith(folder, StringComparison.Ordinal)).Select(w => w.Thread)];
        Assert.Equal(2, Threads("runs/run/samples/").Length);
        Assert.DoesNotContain(here, Threads("runs/run/samples/"));
        Assert.NotEmpty(Threads("runs/run/checkpoints/"));
        Assert.DoesNotContain(here, Threads("runs/run/checkpoints/"));
    }

    [Fact]
    public void Sample_Pictures_AreEncodedAndWrittenWhileTheNextAreMade()
    {
        using var secondBatch = new ManualResetEventSlim();
        var store = new RefusingStore(models.Runs.Store, name =>
        {
            // The first picture is not written before the device is at the second batch.
            if (name.EndsWith("00000.png", StringComparison.Ordinal))
                Assert.True(secondBatch.Wait(Deadlock), "The device waited for a picture to be written.");
            return null;
        });
        var context = new WorkContext
        {
            Generation = 1,
            Device = models.Runs.Context().Device,
            Artifacts = store,
            Progress = progress =>
            {
                if (progress.Done > 1) secondBatch.Set();
            },
        };

        var result = new SampleChunkItem(new SampleChunkWork
        {
            OutputPrefix = "off/",
            FirstIndex = 0,
            Model = models.Model,
            Tokenizer = models.Tokenizer,
            Labels = [1, 2, 3],
            Seed = 3,
            Settings = new SamplerSettings { Steps = 2, BatchSize = 1, Threads = 1 },
        }).Run(context);

        Assert.All(WorkJson.Read<SampleChunkResult>(result).Images, image => Assert.True(models.Runs.Store.Exists(image.Name)));
    }

    /// <summary>A run that goes on from a checkpoint writes nothing again of the steps before it.</summary>
    [Fact]
    public void Train_ACheckpointIsRecorded_WhatBelongsToItsStepsIsWritten()
    {
        using var runs = new TestRuns();
        var manifest = RunFiles.CheckpointFolder("run", 2, 1) + "manifest.json";
        var store = new RefusingStore(runs.Store, name =>
        {
            // The grid of step 2 is not written before the last file of that step's checkpoint is.
            if (name == RunFiles.Samples("run", 2)) Assert.True(SpinWait.SpinUntil(() => runs.Store.Exists(manifest), Deadlock));
            return null;
        });
        var recorded = new ConcurrentQueue<(long Step, int Lines, bool HasGrid)>();
        var context = new WorkContext
        {
            Generation = 1,
            Device = runs.Context().Device,
            Artifacts = store,
            Publish = document =>
            {
                var record = WorkJson.Read<CheckpointRecord>(document);
                var lines = StepMetricsLog.Read(runs.Store, "run").Count(m => m.Step < record.Step);
                recorded.Enqueue((record.Step, lines, runs.Store.Exists(RunFiles.Samples("run", 2))));
                return true;
            },
        };

        new TrainItem(Work(checkpointAt: 2)).Run(context);

        Assert.Contains(recorded, r => r.Step == 2);
        Assert.All(recorded, r => Assert.Equal(r.Step, r.Lines));
        Assert.All(recorded.Where(r => r.Step >= 2), r => Assert.True(r.HasGrid));
    }

    private static TrainWork Work(int checkpointAt = 4) => TestRuns.Work("tokenizer", checkpointAt, new Dictionary<string, string>
    {
        ["training.microBatches"] = "8",
        ["training.sampleSteps"] = "2",
        ["training.checkpointSeconds"] = "3600",
    });
}
