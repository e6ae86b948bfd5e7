using System.Net;
using Microsoft.Extensions.Logging;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Devices;
using PgmCluster.Grains.Options;
using PgmCluster.Silo.Errors;

namespace PgmCluster.Silo.Options;

/// <summary>
/// How one silo runs. Configuration section <c>Pgm</c>, or environment variables <c>PGM_HOME</c>, <c>PGM_SILOPORT</c> and so on.
/// </summary>
public sealed class SiloOptions : ApiOptions
{
    /// <summary>Between two readings of the membership table by every silo.</summary>
    internal static readonly TimeSpan MembershipRefresh = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Directory that holds state, logs and the files of running silos. Created if missing. Default: <see cref="DefaultHome"/>.
    /// </summary>
    public string Home { get; set; } = DefaultHome;

    /// <summary>
    /// Name of the silo: the stable half of every device's address (<c>name/cpu:0</c>), so unique among the silos of a cluster
    /// and the same again after a restart. Letters, digits, <c>.</c>, <c>_</c> and <c>-</c>. Default: <c>local</c>.
    /// </summary>
    public string SiloName { get; set; } = "local";

    /// <summary>Which silos belong together. Default: <c>pgm</c>.</summary>
    public string ClusterId { get; set; } = "pgm";

    /// <summary>Whose stored state this is; survives every redeployment. Default: <c>pgm</c>.</summary>
    public string ServiceId { get; set; } = "pgm";

    /// <summary>
    /// Directory whose libtorch is used instead of the one that the program brings, such as the <c>torch/lib</c> of a Python installation,
    /// with or without CUDA. Default: empty, which is the program's own.
    /// </summary>
    public string LibTorch { get; set; } = "";

    /// <summary>
    /// Takes a libtorch of <see cref="LibTorch"/> also where its major.minor is another than the one this program was built for, provided
    /// that <c>pgm doctor</c> has passed with it. New runs are then never strict. Default: false.
    /// </summary>
    public bool LibTorchAnyVersion { get; set; }

    /// <summary>
    /// Compute devices of this silo: <c>auto</c> (every NVIDIA GPU that libtorch can use, or else <c>cpu:0</c>), <c>none</c>, or a list
    /// like <c>cpu:0,cpu:1</c>. A device that is not there is refused. Default: <c>auto</c>.
    /// </summary>
    public string Devices { get; set; } = "auto";

    /// <summary>
    /// Refuses to start beside another silo of the same home that was started this way. Off for the second and further
    /// silos of a cluster on one machine. Default: true.
    /// </summary>
    public bool Exclusive { get; set; } = true;

    /// <summary>
    /// PostgreSQL database with the state of a cluster, as a connection string of Npgsql:
    /// <c>Host=db;Database=pgm;Username=pgm;Password=...</c>. All silos of a cluster name the same one. Default: empty, which is SQLite in
    /// <see cref="Home"/>.
    /// </summary>
    public string Database { get; set; } = "";

    /// <summary>File that holds the connection string of <see cref="Database"/>, such as a mounted secret. Default: none.</summary>
    public string DatabaseFile { get; set; } = "";

    /// <summary>How long a start waits for a PostgreSQL server that is not there yet. At most a day. Default: 60 s.</summary>
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long after an upgrade silos of the version before may come back; 0 for not at all. At most 30 days. Default: a day.
    /// </summary>
    public TimeSpan DowngradeFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The artifact store (tokens, weights, checkpoints, pictures); all silos of a cluster see the same one: a directory, or
    /// <c>s3://BUCKET/PREFIX</c>, for servers other than Amazon's <c>s3://BUCKET/PREFIX?endpoint=URL&amp;region=NAME</c>. Default: empty,
    /// which is <c>artifacts</c> in <see cref="Home"/>.
    /// </summary>
    public string Artifacts { get; set; } = "";

    /// <summary>
    /// Bytes of a bucket's artifacts that are kept in <c>cache/artifacts</c> of <see cref="Home"/>; what is in use may be more. Default: 50
    /// GiB.
    /// </summary>
    public long ArtifactCacheBytes { get; set; } = ArtifactStores.DefaultCacheBytes;

    /// <summary>
    /// Directory for files pulled from the Hub; all silos of a cluster see the same one. Default: empty, which is <c>downloads</c> beside
    /// the artifact store, or in <see cref="Home"/> where that is a bucket.
    /// </summary>
    public string Downloads { get; set; } = "";

    /// <summary>
    /// Directories whose files clients may name to the silo (datasets, weights), separated by <c>:</c>; what they name elsewhere is
    /// refused, but for what was pulled or is in the artifact store. Default: empty, which is any file that the silo can read where only
    /// this machine reaches it (<see cref="NetworkOptions.AdvertisedAddress"/> is loopback), and none where others do.
    /// </summary>
    public string ImportRoots { get; set; } = "";

    /// <summary>
    /// What addresses of the web that clients may name as datasets begin with, such as <c>https://data.example.org/sets/</c>, separated by
    /// blanks. Default: empty, which is any address where <see cref="ImportRoots"/> mean any file, and none elsewhere.
    /// </summary>
    public string ImportAddresses { get; set; } = "";

    /// <summary>
    /// Before the first repetition of a request to the Hub that failed; each further one takes about twice as long. Default: 1 s.
    /// </summary>
    public TimeSpan HubRetryPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Cores that each <c>cpu:N</c> device computes with; no result depends on it. Default: 0, which divides the machine's cores among the
    /// silo's CPU devices.
    /// </summary>
    public int CoresPerDevice { get; set; }

    /// <summary>
    /// Datasets of up to so many bytes are read at once by the silo that registers them; larger ones by a job, on all devices. Default: 64
    /// MiB.
    /// </summary>
    public long RegisterAtOnceBytes { get; set; } = 64L << 20;

    /// <summary>Jobs that ended longer ago than this are deleted by themselves, at least an hour. Default: 0, which deletes none.</summary>
    public TimeSpan RetentionAge { get; set; }

    /// <summary>Of each kind so many jobs that have ended stay, those created last; others are deleted. Default: 0: all stay.</summary>
    public int RetentionCount { get; set; }

    /// <summary>Between two looks for jobs that these two mean. Default: 1 hour.</summary>
    public TimeSpan RetentionInterval { get; set; } = RetentionRules.None.Interval;

    /// <summary>The three together.</summary>
    public RetentionRules Retention => new(RetentionAge, RetentionCount, RetentionInterval);

    /// <summary>
    /// What users (<c>--user</c>) may have at once, such as <c>ann devices=2 jobs=10 bytes=500G; * devices=4</c>: <c>*</c> is each user
    /// who is not named. The same in all silos of a cluster. Default: empty, which limits nobody.
    /// </summary>
    public string Quotas { get; set; } = "";

    /// <summary>The same, read.</summary>
    public UserQuotas UserQuotas => UserQuotas.Parse(Quotas, out _);

    /// <summary>Bytes of files that clients have begun to send to this silo, of all together; 0 for any number. Default: 64 GiB.</summary>
    public long UploadBytes { get; set; } = GrainsOptions.DefaultUploadBytes;

    /// <summary>How long a device keeps a model loaded from which nobody draws, before it is free. Default: 1 minute.</summary>
    public TimeSpan DrawingIdle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Least severe level that is logged. Default: Information (Warning for the framework's own messages).</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>Also log to the console. Default: false, since standard output belongs to the program that embeds the silo.</summary>
    public bool LogToConsole { get; set; }

    /// <summary>Log lines are JSON, each an object, in the files as on the console. Default: false.</summary>
    public bool LogJson { get; set; }

    /// <summary>How long a stop waits for work in flight, before the silo leaves its cluster. Default: 30 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A member of a gang that sends nothing for so long, not even a heartbeat, is lost to its peers, however late it used to be.
    /// Default: 10 s.
    /// </summary>
    public TimeSpan PeerTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// One that was never late is lost after so long a silence, a few heartbeats; four times the most that it was late is added. Where
    /// <see cref="PeerTimeout"/> is shorter, that counts. Default: 2 s.
    /// </summary>
    public TimeSpan LeastPeerTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A member whose process lives but whose device computes on one step for longer than this, and than 20 times the median, is taken for
    /// hung. Default: 60 s.
    /// </summary>
    public TimeSpan HungAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary><c>~/.pgm</c>, or a directory beside the program where the user has no home.</summary>
    public static string DefaultHome
    {
        get
        {
            var profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return Path.Combine(profile.Length > 0 ? profile : AppContext.BaseDirectory, ".pgm");
        }
    }

    /// <summary>The state database where that is SQLite.</summary>
    public string StatePath => Path.Combine(Path.GetFullPath(Home), "state", "pgm.db");

    /// <summary>The artifact store: an absolute path, or a bucket.</summary>
    public string ArtifactsPlace => ArtifactStores.Absolute(Artifacts.Length > 0 ? Artifacts : Path.Combine(Home, "artifacts"));

    /// <summary>Where a bucket's artifacts are kept on this machine, absolute.</summary>
    public string ArtifactCachePath => Path.Combine(Path.GetFullPath(Home), "cache", "artifacts");

    /// <summary>Where pulled files go, absolute.</summary>
    public string DownloadsPath => Downloads.Length > 0 ? Path.GetFullPath(Downloads)
        : HubPlaces.Beside(ArtifactStores.IsRemote(ArtifactsPlace) ? Path.Combine(Home, "artifacts") : ArtifactsPlace);

    /// <summary>The file of <see cref="ApiOptions.ApiKeys"/>, absolute.</summary>
    public string ApiKeysPath => Path.GetFullPath(ApiKeys.Length > 0 ? ApiKeys : Path.Combine(Home, "api-keys.json"));

    /// <summary>The directories of <see cref="ImportRoots"/>; null where clients may name any file.</summary>
    public IReadOnlyList<string>? ImportRootsOrAny =>
        ImportRoots.Length == 0 && IsLoopback(AdvertisedAddress) && (ApiPort == 0 || IsLoopback(ApiAddress))
            ? null
            : ImportRoots.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsLoopback(string address) => IPAddress.TryParse(address, out var parsed) && IPAddress.IsLoopback(parsed);

    /// <summary>The addresses of <see cref="ImportAddresses"/>.</summary>
    public IReadOnlyList<string> ImportAddressList => ImportAddresses.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The connection string of the PostgreSQL database; null where state is kept in SQLite.</summary>
    /// <exception cref="SiloOptionsException">It cannot be read or used; the message tells nothing of it.</exception>
    public string? ReadDatabase() => DatabaseSetting.Read(Database, DatabaseFile);

    /// <summary>
    /// Checks every value. Whether the devices are there is asked when a silo starts: settings may be meant for another machine.
    /// </summary>
    /// <exception cref="SiloOptionsException">At least one value is not usable; the message lists all of them.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(Home)) problems.Add("Pgm:Home is empty: give a directory");
        if (!IsName(SiloName)) problems.Add($"Pgm:SiloName is '{SiloName}': use letters, digits, '.', '_' and '-', at most 63");
        if (!IsName(ClusterId)) problems.Add($"Pgm:ClusterId is '{ClusterId}': use letters, digits, '.', '_' and '-', at most 63");
        if (!IsName(ServiceId)) problems.Add($"Pgm:ServiceId is '{ServiceId}': use letters, digits, '.', '_' and '-', at most 63");
        problems.AddRange(PortSettings.Problems(this));
        problems.AddRange(NetworkProblems());
        problems.AddRange(ApiProblems(ApiKeysPath));
        foreach (var (name, value) in new[] { ("ShutdownTimeout", ShutdownTimeout), ("PeerTimeout", PeerTimeout), ("HungAfter", HungAfter),
            ("HubRetryPause", HubRetryPause), ("DrawingIdle", DrawingIdle) })
        {
            if (value <= TimeSpan.Zero) problems.Add($"Pgm:{name} is {value}: use more than 0");
        }
        if (LeastPeerTimeout < TimeSpan.FromSeconds(1))
            problems.Add($"Pgm:LeastPeerTimeout is {LeastPeerTimeout}, shorter than two heartbeats of members: use at least 00:00:01");
        problems.AddRange(TimingProblems());
        problems.AddRange(Retention.Problems());
        UserQuotas.Parse(Quotas, out var ofQuotas);
        problems.AddRange(ofQuotas);
        if (LeaseBlind < 2 * MembershipRefresh)
            problems.Add(
                $"Pgm:LeaseBlind is {LeaseBlind}, shorter than two readings of the membership table: "
                + $"use at least {2 * MembershipRefresh}");
        if (DatabaseWait < TimeSpan.Zero || DatabaseWait > TimeSpan.FromDays(1))
        {
            problems.Add($"Pgm:DatabaseWait is {DatabaseWait}: use 00:00:00 to 1.00:00:00 (hours:minutes:seconds)");
        }
        if (DowngradeFor < TimeSpan.Zero || DowngradeFor > TimeSpan.FromDays(30))
            problems.Add($"Pgm:DowngradeFor is {DowngradeFor}: use 00:00:00 to 30.00:00:00 (days.hours:minutes:seconds)");
        if (CoresPerDevice is < 0 or > 1024)
            problems.Add($"Pgm:CoresPerDevice is {CoresPerDevice}: use 1 to 1024, or 0 for an even share of the machine's cores");
        problems.AddRange(ImportSettings.Problems(this));
        if (UploadBytes < 0) problems.Add($"Pgm:UploadBytes is {UploadBytes}: use 0 or more");
        if (ArtifactCacheBytes < 0) problems.Add($"Pgm:ArtifactCacheBytes is {ArtifactCacheBytes}: use 0 or more");
        try
        {
            ArtifactStores.Require(ArtifactsPlace);
        }
        catch (BadInputException e)
        {
            problems.Add($"Pgm:Artifacts: {e.Message.TrimEnd('.')}");
        }
        try
        {
            ReadDatabase();
        }
        catch (SiloOptionsException e)
        {
            problems.AddRange(e.Problems);
        }
        try
        {
            ComputeDevices.CheckForm(Devices);
        }
        catch (BadInputException e)
        {
            problems.Add(e.Message.TrimEnd('.'));
        }
        if (problems.Count > 0) throw new SiloOptionsException(problems);
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= 63 } && char.IsAsciiLetterOrDigit(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
