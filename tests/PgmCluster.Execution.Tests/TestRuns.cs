using System.IO.Compression;
using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests;

/// <summary>Small training runs on the sample data, in a directory of their own.</summary>
internal sealed class TestRuns : IDisposable
{
    public static string Location { get; } = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist");

    // As versions before there were manifests hashed a source: what its two files unpack to.
    private static readonly Lazy<string> Hash = new(() =>
    {
        using var content = new MemoryStream();
        foreach (var file in new[] { "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz" })
        {
            using var packed = new GZipStream(File.OpenRead(Path.Combine(Location, file)), CompressionMode.Decompress);
            packed.CopyTo(content);
        }
        return Convert.ToHexStringLower(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
    });

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-execution-").FullName;

    public TestRuns()
    {
        // As a device's thread does first: loading chooses who multiplies for the whole process, and what a test computed before another
        // one loaded has other last bits.
        NativeRuntime.Load();
        Store = new DirectoryArtifactStore(_directory);
    }

    public DirectoryArtifactStore Store { get; }

    /// <summary>Where the store has a file: for damaging it.</summary>
    public string FileOf(string name) => Path.Combine(_directory, name);

    public static ImageRange Images(int start, int count) => new(Location, Hash.Value, start, count);

    /// <summary>The smoke preset of a kind, or another one, with a few steps, for the CPU or another device.</summary>
    public static TrainWork Work(
        string kind, int steps, IReadOnlyDictionary<string, string>? set = null, IReadOnlyList<ArtifactInfo>? tokens = null,
        string run = "run", long seed = 7,
        string? preset = null, ComputeDevice? device = null)
    {
        var overrides = new Dictionary<string, string>(set ?? new Dictionary<string, string>()) { ["training.steps"] = steps.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        var facts = new DataFacts
        {
            Classes = 10,
            Codebook = 64,
            Height = 7,
            Width = 7,
            DeviceModel = device?.Model,
            DeviceBFloat16 = device?.BFloat16,
        };
        var specification = new SpecificationResolver().Resolve(preset ?? $"{kind}-smoke", overrides, seed, facts);
        return new TrainWork
        {
            RunId = run,
            Specification = specification.Json,
            SpecificationSha256 = specification.Sha256,
            Images = specification.NeedsTokens ? null : Images(0, 128),
            Tokens = tokens,
        };
    }

    /// <summary>A shard of made-up tokens, 7 x 7 of 64 codes.</summary>
    public ArtifactInfo Tokens(int count)
    {
        var random = new Random(5);
        var shard = new TokenShardWriter(7, 7, count);
        for (var i = 0; i < count; i++) shard.Add([.. Enumerable.Range(0, 49).Select(_ => (ushort)random.Next(64))], i % 10);
        return Store.Write("tokens/made-up.safetensors", shard.WriteTo);
    }

    public WorkContext Context(
        int cores = 1, long generation = 1, Func<string, bool>? publish = null, Action<WorkProgress>? progress = null,
        CancellationToken stopped = default, ComputeDevice? device = null) => new()
        {
            Generation = generation,
            Device = device ?? ComputeDevice.Cpu(),
            Cores = cores,
            Artifacts = Store,
            Publish = publish ?? (_ => true),
            Progress = progress ?? (_ => { }),
            Stopped = stopped,
        };

    public TrainResult Train(TrainWork work, WorkContext? context = null) =>
        WorkJson.Read<TrainResult>(new TrainItem(work).Run(context ?? Context()));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
