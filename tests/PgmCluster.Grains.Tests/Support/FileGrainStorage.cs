using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orleans.Storage;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Artifacts;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Grain state as JSON files, written the way the real silo writes it: survives a whole cluster.</summary>
public sealed class FileGrainStorage(string directory) : IGrainStorage, IStoredRecords
{
    private static readonly Lock Gate = new();

    private readonly ConcurrentDictionary<(string, GrainId), int> _writes = new();
    private readonly ConcurrentDictionary<(string, GrainId), int> _reads = new();

    /// <summary>Set to have writes of the states with this name fail.</summary>
    public string? FailWritesOf { get; set; }

    /// <summary>Set to have the next write of a state with this name fail; null once it has.</summary>
    public string? FailNextWriteOf { get; set; }

    /// <summary>Set to have reads of this grain fail with this.</summary>
    public (GrainId Grain, Exception Error)? FailReadsOf { get; set; }

    /// <summary>Set to have all writes of this grain fail.</summary>
    public GrainId? FailWritesOfGrain { get; set; }

    private volatile HeldWrites? _held;

    /// <summary>Has writes of the states with this name wait until they are released.</summary>
    public HeldWrites HoldWritesOf(string stateName) => _held = new HeldWrites(stateName);

    /// <summary>Called once all records were looked at.</summary>
    public Func<Task>? AfterRecords { get; set; }

    /// <summary>Called once, before an entry of a catalog is marked.</summary>
    public Func<Task>? BeforeMark { get; set; }

    public async IAsyncEnumerable<StoredRecord> Read([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var record in ReadAll()) yield return record;
        if (AfterRecords is { } after) await after();
    }

    /// <summary>All records there are.</summary>
    public IReadOnlyList<StoredRecord> ReadAll()
    {
        lock (Gate)
        {
            var records = new List<StoredRecord>();
            foreach (var file in Directory.GetFiles(directory, "*.json"))
            {
                // A grain's type has no dash: STATE-NAME-TYPE%2FKEY.
                var name = Path.GetFileNameWithoutExtension(file);
                var slash = name.IndexOf("%2F", StringComparison.Ordinal);
                var kind = name[..name.LastIndexOf('-', slash)];
                using var stored = JsonDocument.Parse(File.ReadAllText(file));
                records.Add(new StoredRecord(
                    kind, Uri.UnescapeDataString(name[(slash + 3)..]), stored.RootElement.GetProperty("state").GetRawText()));
            }
            return records;
        }
    }

    public Task<string?> ReadArtifactIdAsync(CancellationToken cancellation) => Task.FromResult<string?>("test");

    /// <summary>How often a state of a grain was written.</summary>
    public int WritesOf(string stateName, GrainId grainId) => _writes.GetValueOrDefault((stateName, grainId));

    /// <summary>How often a state of a grain was read, whether there was one or not.</summary>
    public int ReadsOf(string stateName, GrainId grainId) => _reads.GetValueOrDefault((stateName, grainId));

    /// <summary>Bytes of what is stored of a grain.</summary>
    public long SizeOf(string stateName, GrainId grainId) => new FileInfo(PathOf(stateName, grainId)).Length;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _reads.AddOrUpdate((stateName, grainId), 1, (_, reads) => reads + 1);
        if (FailReadsOf is { } failing && failing.Grain == grainId) throw failing.Error;
        lock (Gate)
        {
            var path = PathOf(stateName, grainId);
            if (File.Exists(path))
            {
                var stored = WorkJson.Read<Stored<T>>(File.ReadAllText(path));
                (grainState.State, grainState.ETag, grainState.RecordExists) = (stored.State, stored.ETag, true);
            }
            else
            {
                (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
            }
        }
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await BeforeWrite(stateName);
        if (FailWritesOfGrain == grainId) throw new IOException("the disk of the test is full");
        lock (Gate)
        {
            var path = PathOf(stateName, grainId);
            var present = File.Exists(path) ? WorkJson.Read<Stored<T>>(File.ReadAllText(path)).ETag : null;
            if (present != grainState.ETag) throw new InconsistentStateException("stale", present, grainState.ETag);
            var etag = Guid.NewGuid().ToString("N");
            File.WriteAllText(path, WorkJson.Write(new Stored<T>(grainState.State!, etag)));
            (grainState.ETag, grainState.RecordExists) = (etag, true);
            _writes.AddOrUpdate((stateName, grainId), 1, (_, writes) => writes + 1);
        }
    }

    /// <summary>Waits or throws where a test asked for it.</summary>
    internal async Task BeforeWrite(string stateName)
    {
        if (_held is { } held && held.StateName == stateName) await held.Arrive();
        var isNext = FailNextWriteOf == stateName;
        if (isNext) FailNextWriteOf = null;
        if (isNext || FailWritesOf == stateName) throw new IOException("the disk of the test is away");
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        File.Delete(PathOf(stateName, grainId));
        return Task.CompletedTask;
    }

    private string PathOf(string stateName, GrainId grainId) =>
        Path.Combine(Directory.CreateDirectory(directory).FullName, $"{stateName}-{Uri.EscapeDataString(grainId.ToString())}.json");

    private sealed record Stored<T>(T State, string ETag);
}
