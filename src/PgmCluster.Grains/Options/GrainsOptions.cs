using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Grains.Hosting;

namespace PgmCluster.Grains.Options;

/// <summary>What a silo must know to host the grains.</summary>
public sealed class GrainsOptions
{
    /// <summary>64 GiB: dozens of checkpoints of the published models at once.</summary>
    public const long DefaultUploadBytes = 64L << 30;

    /// <summary>"auto" (every GPU, else one CPU device), "none", or a list such as "cpu:0,cpu:1".</summary>
    public string Devices { get; set; } = "auto";

    /// <summary>Cores of each CPU device; 0 divides the machine's among them.</summary>
    public int CoresPerDevice { get; set; }

    /// <summary>Throws where a device does not compute rightly; null compares a small product.</summary>
    public Action<ComputeDevice>? CheckDevice { get; set; }

    /// <summary>The artifact store, a directory or a bucket; all silos must see the same one.</summary>
    public required string Artifacts { get; set; }

    /// <summary>Directory for copies of a bucket's artifacts; null where the store is a directory.</summary>
    public string? ArtifactCacheDirectory { get; set; }

    /// <summary>Bytes that are kept there.</summary>
    public long ArtifactCacheBytes { get; set; } = ArtifactStores.DefaultCacheBytes;

    /// <summary>Directory for files pulled from the Hub; all silos must see the same one. Null: beside the artifacts.</summary>
    public string? DownloadsDirectory { get; set; }

    /// <summary>Where those files are.</summary>
    internal string Downloads => DownloadsDirectory ?? HubPlaces.Beside(Artifacts);

    /// <summary>
    /// Directories whose files clients may name, beside what was stored or pulled; null where they may name any file that the silo can
    /// read.
    /// </summary>
    public IReadOnlyList<string>? ImportRoots { get; set; }

    /// <summary>What addresses of the web that clients may name begin with, where <see cref="ImportRoots"/> are not null.</summary>
    public IReadOnlyList<string> ImportAddresses { get; set; } = [];

    /// <summary>What comes of the two and the directories, as they were when it was first asked for.</summary>
    internal ImportRoots Imports =>
        field ??= new(ImportRoots, ImportAddresses, [Artifacts, Downloads]);

    /// <summary>
    /// What coordinates lives on one silo, as long as there is that one: where all write one file, they need not wait for other processes.
    /// </summary>
    public bool ControlTogether { get; set; }

    /// <summary>Before the first repetition of a request to the Hub; each further one takes about twice as long.</summary>
    public TimeSpan HubRetryPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Heartbeats, leases, the scheduler's looks, and who waits how long for whom.</summary>
    public Timings Timings { get; set; } = new();

    /// <summary>
    /// When a job that is not at rest is looked after at the earliest, in case a word was lost; the longer nothing has changed, the later.
    /// </summary>
    public TimeSpan WakeAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After a job could not be woken; each further failure in succession doubles it.</summary>
    public TimeSpan WakeRetry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After an upgrade, how long silos of the version before may come back. By then the state database refuses them, and what only they
    /// read is no longer kept.
    /// </summary>
    public TimeSpan DowngradeFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Silos of version 0.1 and before may be in the cluster, and what is stored has to be of use to them.</summary>
    public bool AcceptOlderSilos { get; set; }

    /// <summary>Bytes of files that clients have begun to send to this silo; 0 for any number.</summary>
    public long UploadBytes { get; set; } = DefaultUploadBytes;

    /// <summary>What users may have at once.</summary>
    public UserQuotas Quotas { get; set; } = UserQuotas.None;

    /// <summary>Which jobs are deleted by themselves.</summary>
    public RetentionRules Retention { get; set; } = RetentionRules.None;

    /// <summary>How long a device keeps a model for which nobody wants a picture.</summary>
    public TimeSpan DrawingIdle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a silo that leaves waits for its devices' work to save what it has.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>IP address where devices that share a run exchange gradients; other silos must reach it.</summary>
    public string DataAddress { get; set; } = "127.0.0.1";

    /// <summary>Its port; 0 picks a free one.</summary>
    public int DataPort { get; set; }

    /// <summary>How members of a gang judge each other.</summary>
    public GangOptions Gangs { get; set; } = new();

    /// <summary>
    /// Datasets of up to so many bytes that are not known are read at once, by the silo that registers them; larger ones by a job.
    /// </summary>
    public long RegisterAtOnceBytes { get; set; } = 64L << 20;
}
