using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Runs;

/// <summary>All files of a checkpoint at once on this machine: whoever deletes it meanwhile does not disturb its reading.</summary>
internal sealed class FetchedCheckpoint : IDisposable
{
    private readonly List<FetchedArtifact> _files = [];
    private CheckpointManifest? _manifest;

    private FetchedCheckpoint()
    {
    }

    /// <summary>What is torn or tampered with; null where the checkpoint is whole.</summary>
    public string? Problem { get; private set; }

    /// <summary>Of a checkpoint that is whole.</summary>
    public CheckpointManifest Manifest => _manifest!;

    /// <summary>Checks and fetches all files.</summary>
    public static FetchedCheckpoint Open(IArtifactStore store, CheckpointRecord record, CancellationToken cancellation)
    {
        var made = new FetchedCheckpoint();
        try
        {
            made.Fetch(store, record, cancellation);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    public SafetensorsFile OpenModel() => Open(Manifest.Model);

    public SafetensorsFile OpenOptimizer() => Open(Manifest.Optimizer);

    /// <summary>Null where the run keeps no average.</summary>
    public SafetensorsFile? OpenEma() => Manifest.Ema is { } ema ? Open(ema) : null;

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private void Fetch(IArtifactStore store, CheckpointRecord record, CancellationToken cancellation)
    {
        if (TryFetch(store, record.Manifest, cancellation) is not { } written)
        {
            Problem = "the manifest is missing or changed";
            return;
        }
        _manifest = JsonSerializer.Deserialize<CheckpointManifest>(written.ReadAllBytes(), WorkJson.Options)!;
        foreach (var file in new[] { _manifest.Model, _manifest.Optimizer, _manifest.Ema })
        {
            if (file is null || TryFetch(store, file, cancellation) is not null) continue;
            Problem = $"{file.Name} is missing or changed";
            return;
        }
    }

    private FetchedArtifact? TryFetch(IArtifactStore store, ArtifactInfo info, CancellationToken cancellation)
    {
        try
        {
            var fetched = store.Fetch(info, cancellation);
            _files.Add(fetched);
            return fetched;
        }
        catch (DataCorruptException)
        {
            return null;
        }
    }

    private SafetensorsFile Open(ArtifactInfo info) => SafetensorsFile.Open(_files.First(f => f.Info == info));
}
