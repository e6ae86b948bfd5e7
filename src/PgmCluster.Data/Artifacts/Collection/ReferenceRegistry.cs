using System.Text.Json;

namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>What is in use, and by whom: all that the owners' records name, and all that these artifacts name in turn.</summary>
public sealed class ReferenceRegistry
{
    private readonly Dictionary<ArtifactInfo, SortedSet<string>> _owners = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    /// <summary>Each artifact that is in use.</summary>
    public IReadOnlyCollection<ArtifactInfo> Artifacts => _owners.Keys;

    /// <summary>Somebody's record names an artifact.</summary>
    /// <param name="artifact">What it names; names that are none are left out.</param>
    /// <param name="owner">Whom messages name, such as "training-run r1".</param>
    public void Add(ArtifactInfo artifact, string owner)
    {
        if (!_owners.TryGetValue(artifact, out var owners)) _owners[artifact] = owners = new SortedSet<string>(StringComparer.Ordinal);
        owners.Add(owner);
        _names.Add(artifact.Name);
    }

    /// <summary>
    /// There is a job of this name, so its folder is kept (<c>runs/NAME/...</c>, <c>samples/NAME/...</c>) but for checkpoints, of which it
    /// keeps those that it names.
    /// </summary>
    public void AddJob(string name) => _keys.Add(name);

    /// <summary>Whether an artifact is in use.</summary>
    public bool IsUsed(string name)
    {
        if (_names.Contains(name)) return true;
        var segments = name.Split('/');
        return segments.Length > 2 && segments[2] != "checkpoints" && _keys.Contains(segments[1]);
    }

    /// <summary>Who uses an artifact.</summary>
    public IReadOnlyCollection<string> OwnersOf(ArtifactInfo artifact) => _owners.TryGetValue(artifact, out var owners) ? owners : [];

    /// <summary>Reads the manifests and lists among the artifacts, and takes in what they name, until nothing new comes.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="broken">Told of each that is missing or damaged, so that what it names is not known.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task TraceAsync(IArtifactStore store, Action<ArtifactInfo, string> broken, CancellationToken ct)
    {
        var open = new Queue<ArtifactInfo>(_owners.Keys.Where(IsList));
        var read = new HashSet<ArtifactInfo>(open);
        while (open.TryDequeue(out var list))
        {
            List<ArtifactInfo> named;
            try
            {
                using var file = await store.FetchAsync(list, ct);
                named = Read(file);
            }
            catch (Exception e) when (e is DataCorruptException or JsonException)
            {
                broken(list, e.Message);
                continue;
            }
            foreach (var artifact in named)
            {
                foreach (var owner in OwnersOf(list).ToList()) Add(artifact, owner);
                if (IsList(artifact) && read.Add(artifact)) open.Enqueue(artifact);
            }
        }
    }

    private static bool IsList(ArtifactInfo artifact) =>
        artifact.Name.EndsWith(".json", StringComparison.Ordinal) || artifact.Name.EndsWith(".jsonl", StringComparison.Ordinal);

    private static List<ArtifactInfo> Read(FetchedArtifact file)
    {
        if (!file.Info.Name.EndsWith(".jsonl", StringComparison.Ordinal)) return [.. ReferenceScan.In(file.ReadAllBytes())];
        var found = new List<ArtifactInfo>();
        using var reader = new StreamReader(file.OpenRead());
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0) found.AddRange(ReferenceScan.In(line));
        }
        return found;
    }
}
