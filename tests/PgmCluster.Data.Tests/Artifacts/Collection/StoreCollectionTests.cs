using System.Collections.Concurrent;
using System.Text;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Artifacts.Collection;

public sealed class StoreCollectionTests : IDisposable
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private readonly TemporaryDirectory _directory = new();
    private readonly DirectoryArtifactStore _store;

    public StoreCollectionTests() => _store = new DirectoryArtifactStore(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RunAsync_WhatAManifestOrAJobNames_StaysAndTheRestGoesByItsAge()
    {
        var index = Old("datasets/index.safetensors", "index");
        var manifest = Old("datasets/manifest.json", Json(index));
        var checkpoint = Old("runs/r1/checkpoints/step-2/model.safetensors", "two");
        var written = Old("runs/r1/checkpoints/step-2/manifest.json", Json(checkpoint));
        Old("runs/r1/checkpoints/step-1/manifest.json", "{}");
        Old("runs/r1/metrics/generation-00000001/steps-0-1.jsonl", "{}");
        Old("runs/removed/weights.safetensors", "weights");
        Old("datasets/lone.safetensors", "lone");
        _store.Write("datasets/young.safetensors", s => s.Write("young"u8));
        var registry = Registry((manifest, "dataset faces"), (written, "training-run r1"));
        registry.AddJob("r1");
        string[] unused = ["datasets/lone.safetensors", "runs/r1/checkpoints/step-1/manifest.json", "runs/removed/weights.safetensors"];

        var dry = await StoreCollection.RunAsync(_store, () => Task.FromResult(registry), Week, dryRun: true, default);
        Assert.Equal(unused.Order(StringComparer.Ordinal), dry.Deleted.Select(a => a.Name));
        Assert.Equal(9, _store.List("").Count);

        var report = await StoreCollection.RunAsync(_store, () => Task.FromResult(registry), Week, dryRun: false, default);

        Assert.Equal(dry.Deleted, report.Deleted);
        Assert.Equal(6, report.Kept);
        Assert.Equal(6, _store.List("").Count);
        Assert.DoesNotContain(_store.List(""), a => unused.Contains(a.Name));
    }

    [Fact]
    public async Task RunAsync_JobsWriteMeanwhile_DeletesOnlyWhatNobodyRefersTo()
    {
        const int Files = 120;
        string Name(int i) => $"datasets/{i:000}.safetensors";
        for (var i = 0; i < Files; i++) Old(Name(i), $"{i}");
        var recorded = new ConcurrentDictionary<int, ArtifactInfo>();
        // Jobs that make again what is there already, and record it then, as at a second registration.
        var jobs = Enumerable.Range(0, 3).Select(job => Task.Run(async () =>
        {
            for (var i = job; i < Files; i += 4)
            {
                var content = Encoding.UTF8.GetBytes($"{i}");
                recorded[i] = await _store.WriteAsync(Name(i), (stream, ct) => stream.WriteAsync(content, ct).AsTask(), default);
            }
        })).ToArray();
        while (!jobs.All(job => job.IsCompleted)) await Collect();
        await Task.WhenAll(jobs);
        await Collect();

        // Every fourth is nobody's.
        Assert.Equal(Files / 4 * 3, recorded.Count);
        foreach (var artifact in recorded.Values) Assert.True(await _store.VerifyAsync(artifact, default), artifact.Name);
        Assert.Equal(recorded.Values.Select(a => a.Name).Order(StringComparer.Ordinal), _store.List("").Select(a => a.Name));

        Task Collect() => StoreCollection.RunAsync(
            _store, () => Task.FromResult(Registry([.. recorded.Values.Select(a => (a, "job"))])), Week, dryRun: false, default);
    }

    [Fact]
    public async Task RunAsync_AManifestInUseIsDamaged_DeletesNothingAndNamesIt()
    {
        var manifest = Old("datasets/manifest.json", "{}");
        Old("datasets/lone", "lone");
        File.WriteAllText(_directory.File("datasets/manifest.json"), "[]");

        var error = await Assert.ThrowsAsync<DataCorruptException>(() => StoreCollection.RunAsync(
            _store, () => Task.FromResult(Registry((manifest, "dataset faces"))), Week, dryRun: false, default));

        Assert.Contains("datasets/manifest.json is in use by dataset faces", error.Message);
        Assert.Equal(2, _store.List("").Count);
    }

    [Fact]
    public async Task RunAsync_WhatKilledWritersLeft_IsRemovedByItsAge()
    {
        // As versions wrote it that had no folder for it.
        var old = _directory.Write("runs/r1/.tmp-old", [1]);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-30));
        var young = _directory.Write(".unfinished/.tmp-young", [1]);

        var report = await StoreCollection.RunAsync(_store, () => Task.FromResult(new ReferenceRegistry()), Week, dryRun: false, default);

        Assert.Equal(1, report.Unfinished);
        Assert.Equal((false, true), (File.Exists(old), File.Exists(young)));
    }

    [Fact]
    public async Task Check_DamagedAndMissing_AreNamedWithWhoRefersToThem()
    {
        var whole = Old("datasets/whole.safetensors", "whole");
        var (changed, gone) = (Old("datasets/changed.safetensors", "abc"), Old("datasets/gone.safetensors", "gone"));
        var manifest = Old("datasets/manifest.json", Json(whole, changed, gone));
        File.WriteAllText(_directory.File(changed.Name), "abd");
        await _store.DeleteAsync(gone.Name, default);
        var registry = Registry((manifest, "dataset faces"), (changed, "queued work t/1"));

        var (faults, read, _) = await StoreCheck.RunAsync(_store, () => Task.FromResult(registry), default);

        Assert.Equal(4, read);
        Assert.Equal(
            ["datasets/changed.safetensors: its bytes have changed (dataset faces, queued work t/1)",
                "datasets/gone.safetensors: missing (dataset faces)"],
            faults.Select(f => $"{f.Name}: {f.Problem} ({string.Join(", ", f.Owners)})"));
    }

    [Fact]
    public async Task BothCommands_ARunReplacesItsCheckpointMeanwhile_LookAtTheRecordsAgain()
    {
        const string Folder = "runs/r1/checkpoints";
        var weights = Old($"{Folder}/step-1/model.safetensors", "one");
        var (first, second) = (Old($"{Folder}/step-1/manifest.json", Json(weights)), Old($"{Folder}/step-2/manifest.json", "[]"));

        var (faults, read, _) = await StoreCheck.RunAsync(_store, Replacing(), default);
        Assert.Empty(faults);
        Assert.Equal(0, read);

        Old(first.Name, Json(weights));
        Old("datasets/lone", "lone");
        var report = await StoreCollection.RunAsync(_store, Replacing(), Week, dryRun: false, default);
        Assert.Equal(["datasets/lone", weights.Name], report.Deleted.Select(a => a.Name));

        // The record is read, and then the run goes on and deletes what it does not name any more.
        Func<Task<ReferenceRegistry>> Replacing()
        {
            var readings = 0;
            return async () =>
            {
                if (readings++ > 0) return Registry((second, "training-run r1"));
                await _store.DeleteAsync(first.Name, default);
                return Registry((first, "training-run r1"));
            };
        }
    }

    [Fact]
    public void ReferenceScan_FindsThemInDocumentsWithinDocuments()
    {
        var artifact = new ArtifactInfo("tokens/a", 3, new string('a', 64));
        var inner = $$"""{"shards":[{{Json(artifact)}}]}""";
        var outer = System.Text.Json.JsonSerializer.Serialize(new { Document = inner, Name = "x", Text = "{not json" });

        Assert.Equal([artifact], ReferenceScan.In(outer).Distinct());
    }

    private static string Json(params ArtifactInfo[] artifacts) =>
        $"[{string.Join(',', artifacts.Select(a => $$"""{"name":"{{a.Name}}","size":{{a.Size}},"sha256":"{{a.Sha256}}"}"""))}]";

    private static ReferenceRegistry Registry(params (ArtifactInfo Artifact, string Owner)[] uses)
    {
        var registry = new ReferenceRegistry();
        foreach (var (artifact, owner) in uses) registry.Add(artifact, owner);
        return registry;
    }

    private ArtifactInfo Old(string name, string content)
    {
        var info = _store.Write(name, stream => stream.Write(Encoding.UTF8.GetBytes(content)));
        File.SetLastWriteTimeUtc(_directory.File(name), DateTime.UtcNow.AddDays(-30));
        return info;
    }
}
