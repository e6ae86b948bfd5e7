using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Jobs.Units;
using PgmCluster.Grains.Pulls;
using PgmCluster.Grains.Sampling;
using PgmCluster.Grains.Scheduling.Former;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Tokenization;
using PgmCluster.Grains.Training;
using PgmCluster.Grains.Training.Gangs;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What the committed samples of stored grain state were written from: each field with a value that no default has.</summary>
/// <remarks>
/// A class that gets a field gets another sample, under the next number, beside those that are there: state of a released version stays
/// readable. Before the first release the field can be added to the sample instead.
/// </remarks>
internal static class StoredStates
{
    private static readonly DateTimeOffset Time = new(2026, 11, 1, 10, 20, 30, 456, TimeSpan.Zero);

    private static readonly DatasetInfo Dataset = new()
    {
        Name = "shoes",
        Location = "/data/shoes",
        SourceKind = "idx",
        Images = 24,
        ClassNames = ["boot", "größe ≤ 64"],
        Splits = [new("train", 1, 20), new("validation", 21, 3)],
        ContentSha256 = Hash('d'),
        RegisteredAt = Time,
        Index = Artifact("index"),
        TrainingImagesByClass = [12, 8],
        ValidationImagesByClass = [2, 1],
        LeftOut = "6 files left out: .tif 6",
    };

    private static readonly FeatureSource Features = new(FeatureKinds.Inception, "inception-v3", Artifact("inception"), "bilinear");

    private static readonly ImageSet Images = new("shoes", "validation", 3, Hash('i'));

    private static readonly ReferenceStatistics Statistics = new()
    {
        Name = "shoes-statistics",
        Images = Images,
        ImageSize = 28,
        Features = Features,
        File = Artifact("statistics"),
        Chunks = [Artifact("chunk-0"), Artifact("chunk-1")],
    };

    /// <summary>Samples of before there were units of work.</summary>
    private static readonly (string File, object State)[] s_before =
    [
        .. Both("catalog", new CatalogState
        {
            FormatVersion = 7,
            Entries = new() { ["run/Größe"] = new() { Name = "run/Größe", JobKind = JobKind.Evaluation, Summary = "pgm on shoes",
                CreatedAt = Time, MadeFrom = ["shoes", "tok"], AtRest = true } },
        }),
        ("dataset.1.json", new DatasetState { FormatVersion = 7, Info = Dataset }),
        ("dataset.2.json", new DatasetState
        {
            FormatVersion = 7,
            Info = Dataset with
            {
                Manifest = Artifact("manifest"), Shards = 3, Sizes = "28x28", Unreadable = ["boot/cut.png"],
                Remarks = ["a/loop is a link to nothing"],
            },
        }),
        ("device-scheduler.1.json", new DeviceSchedulerState
        {
            FormatVersion = 7,
            Work =
            [
                new()
                {
                    WorkId = "run", Generation = 3, Kind = "train", Document = """{"a":"b"}""", Owner = "trainingrun/run", SubmittedAt = Time, MinWorkers = 2, MaxWorkers = 4, Priority = 5,
                    User = "ann", Numerics = "x64-avx2", WaitingSince = Time.AddMinutes(1), GrantedPriority = 6,
                    GrantedAt = Time.AddMinutes(2),
                },
            ],
            Leases = [new() { Worker = "a/cpu:0", Incarnation = "abc", WorkId = "run", Generation = 3, Since = Time, Stopping = true,
                User = "ann", Number = 8 }],
            Reservations = [new() { Worker = "b/cpu:0", WorkId = "next" }],
            Usage = [new() { User = "bob", Seconds = 12.5, AsOf = Time }],
            LastLease = 9,
        }),
        ("device-lease.1.json", new DeviceLease
        {
            Worker = "a/cpu:0", Number = 8, Incarnation = "abc", WorkId = "run", Generation = 3, Since = Time, Stopping = true,
            User = "ann",
            GrantedPriority = 6, GrantedAt = Time.AddMinutes(2),
        }),
        ("device-reservation.1.json", new DeviceReservation { Worker = "b/cpu:0", WorkId = "next" }),
        ("scheduled-work.1.json", new ScheduledWork
        {
            WorkId = "run", Generation = 3, Kind = "train", Owner = "trainingrun/run", SubmittedAt = Time, Number = 4, MinWorkers = 2,
            MaxWorkers = 4, Priority = 5, User = "ann", Numerics = "x64-avx2", WaitingSince = Time.AddMinutes(1),
        }),
        ("user-usage.1.json", new UserUsage { User = "bob", Seconds = 12.5, AsOf = Time }),
        .. Both("evaluation-job", Job(new EvaluationJobState
        {
            Request = StoredRequests.Evaluation(11), Asked = StoredRequests.Evaluation(0), Parts = Parts(), Model = Artifact("model"),
            Tokenizer = Artifact("tokenizer"),
            Classifier = Artifact("classifier"), Dataset = Dataset, Chunks = [new(EvaluationSubject.Generated, 1, 250, 100)],
            Features = Features, Statistics = Statistics,
            Drawn = true, Classes = [3, 1],
            Scores = new()
            {
                ClassifierAccuracyReal = 0.9, ClassAccuracyReconstructed = 0.8, ClassAccuracyGenerated = 0.7, FrechetReal = 1.5,
                FrechetReconstructed = 2.5, FrechetGenerated = double.NaN,
                ReconstructionMse = 0.0262, Images = 1000, ReferenceImages = 900, InceptionScore = 8.25,
                InFiveChunks = new(0.1, 0.2, 0.3, 0.4), Whole = new(0.5, 0.6, 0.7, 0.8),
                Basis = new()
                {
                    Features = Features, Reference = Images, Statistics = "shoes-statistics", Model = Artifact("model"), Images = 1000,
                    HeldOutImages = 100, Seed = 4, ChunkSize = 250,
                    Sampling = StoredRequests.Settings, Precision = "all float64",
                },
            },
        })),
        .. Both("statistics-job", Job(new StatisticsJobState
        {
            Request = StoredRequests.Statistics(2), Asked = StoredRequests.Statistics(0), Parts = Parts(), Dataset = Dataset,
            Features = Features,
            Chunks = [new(EvaluationSubject.Real, 1, 250, 100)], Result = Statistics, Drawn = true,
        })),
        .. Both("sampling-job", Job(new SamplingJobState
        {
            Request = StoredRequests.Sampling(4), Asked = StoredRequests.Sampling(8), Parts = Parts(), Model = Artifact("model"),
            Tokenizer = Artifact("tokenizer"), Classes = [3, 1],
            ClassNames = ["boot", "größe"], Note = "never trained: boot",
            Result = new()
            {
                Grid = Artifact("grid.png"),
                Images = [Artifact("0.png"), Artifact("1.png")],
                Note = "never trained: boot",
                Classes = ["3 boot", "1 größe"],
            },
        })),
        ("pull-job.1.json", Job(new PullJobState
        {
            Request = StoredRequests.Pull(4), Asked = StoredRequests.Pull(8), Parts = Parts(), Listing = Artifact("listing"),
            Commit = "0a1b", Directory = "/downloads/datasets/o/d/0a1b",
            Units = StoredUnits.Runs, Done = [5], UnitBytes = [9007199254740993, 7], Names = ["a.tar", "größe.tar"],
            Result = new()
            {
                Repository = "o/d",
                Commit = "0a1b",
                Directory = "/downloads/datasets/o/d/0a1b",
                Files = 5,
                Bytes = 9007199254741000,
                Transferred = 12,
                Listing = Artifact("listing"),
                Names = ["a.tar"],
            },
        })),
        .. Both("tokenization-job", Job(new TokenizationJobState
        {
            Request = StoredRequests.Tokenization(2), Asked = StoredRequests.Tokenization(0), Dataset = Dataset,
            Tokenizer = Artifact("tokenizer"),
            Shards = [null, Shard], Codes = [0, 1, 254, 255], Height = 7,
            Width = 8, Codebook = 64,
            Result = new()
            {
                Shards = [Shard],
                Images = 24,
                Height = 7,
                Width = 8,
                Codebook = 64,
                CodesUsed = 61,
                Dataset = "shoes",
                Tokenizer = "tok",
            },
        })),
        .. Both("tokenization-shard", new TokenizationShardState
        {
            FormatVersion = 7, Assignment = new() { JobId = "tokens", Index = 1, Work = """{"images":24}""", Attempt = 2, Scheduling = StoredRequests.Scheduling }, Phase = JobPhase.Parked, Generation = 5,
            Losses = 3, Message = "lost", FaultedOn = ["a/cpu:0"],
            Result = new()
            {
                Index = 1, Phase = JobPhase.Completed, ImagesDone = 24, Shard = Shard, CodeBitmap = [7, 0, 200], Height = 7, Width = 8,
                Codebook = 64, Message = "done", Attempt = 2,
            },
        }),
        ("training-gang.1.json", new GangState
        {
            FormatVersion = 7, Generation = 5, Placement = 4, Secret = [1, 2, 254], Step = 60,
            Members = [new("a/cpu:0", "abc", "127.0.0.1:4711", 59)],
            Formations = [new(4, 50, 2, Time, 40)],
        }),
        ("training-gang.2.json", new GangState
        {
            FormatVersion = 7, Generation = 5, Placement = 4, Secret = [1, 2, 254], Salt = [3, 4, 253], Step = 60,
            Members = [new("a/cpu:0", "abc", "127.0.0.1:4711", 59)],
            Formations = [new(4, 50, 2, Time, 40)],
        }),
        ("training-gang.3.json", new GangState
        {
            FormatVersion = 7, Generation = 5, Placement = 4, Secret = [1, 2, 254], Salt = [3, 4, 253], Step = 60,
            Members = [new("a/cpu:0", "abc", "127.0.0.1:4711", 59) { Protocol = 1 }],
            Formations = [new(4, 50, 2, Time, 40)],
        }),
        .. Both("training-run", Job(new TrainingRunState
        {
            Request = StoredRequests.Training(1), Asked = StoredRequests.Training(0), Parts = Parts(), Kind = "pgm", Specification = """{"kind":"pgm","größe":1e-3}""", SpecificationSha256 = Hash('s'),
            Dataset = Dataset, Tokens = [Artifact("tokens/0"), Artifact("tokens/1")], Checkpoints = [new(50, 2, Artifact("checkpoint"))],
            Tokenizer = Artifact("tokenizer"),
            DeviceNumerics = "x64-avx512, libtorch 2.10.0",
            Result = new()
            {
                Steps = 100, FinalLoss = double.PositiveInfinity, Parameters = 1234567890123, WeightsSha256 = Hash('w'),
                Weights = Artifact("weights"), Checkpoint = Artifact("checkpoint"),
                LossCurve = Artifact("loss.png"), EmaSha256 = Hash('e'), OptimizerSha256 = Hash('o'), ValidationLoss = 3.25,
            },
        })),
    ];

    /// <summary>Every sample by its file.</summary>
    public static IReadOnlyList<(string File, object State)> All { get; } = Make();

    /// <summary>A copy of the state of a sample that is there already.</summary>
    internal static T CopyOf<T>(IEnumerable<(string File, object State)> samples, string file) where T : class =>
        StoredTypes.Copy((T)samples.Single(sample => sample.File == file).State);

    /// <summary>What was added later is made of what was there before, in this order.</summary>
    private static List<(string File, object State)> Make()
    {
        var samples = s_before.ToList();
        foreach (var after in new Func<IReadOnlyList<(string File, object State)>, IEnumerable<(string File, object State)>>[]
        {
            StoredUnits.After, StoredRegistrations.After, StoredCatalogs.After, StoredSkips.After, StoredTokenImports.After,
            StoredSets.After,
            StoredLikelihoods.After, StoredLabels.After, StoredLosses.After,
        })
            samples.AddRange([.. after(samples)]);
        return samples;
    }

    /// <summary>The first sample has enums by name, as they were stored before; the second has numbers.</summary>
    private static IEnumerable<(string File, object State)> Both(string name, object state) =>
        [($"{name}.1.json", state), ($"{name}.2.json", state)];

    private static TokenShardInfo Shard => new() { Index = 1, Images = 24, File = Artifact("shard-1") };

    private static string Hash(char letter) => new(letter, 64);

    internal static ArtifactReference Artifact(string name) => new($"files/{name}", 9007199254740993, Hash(name[0]));

    internal static List<WorkPart> Parts() =>
        [new() { Name = "real-00001", Generation = 5, Images = 100, Last = true, Result = """{"done":true}""", Losses = 2, LossMark = 60, Stopping = true, FaultedOn = ["a/cpu:0"], FaultMark = 40 }];

    internal static T Job<T>(T state) where T : class
    {
        Set("FormatVersion", 7);
        Set("Phase", JobPhase.Running);
        Set("Attempt", 2);
        Set("Generation", 5L);
        Set("Message", "a message with \"quotes\"");
        Set("CreatedAt", Time);
        Set("StartedAt", Time.AddSeconds(1));
        Set("FinishedAt", Time.AddSeconds(2));
        Set("Summary", "pgm on shoes");
        Set(
            "Progress",
            new JobProgress
            {
                Done = 60,
                Total = 100,
                Unit = "step",
                UnitsPerSecond = 7.5,
                Loss = double.NegativeInfinity,
                ValidationLoss = 4.5
            });
        Set("MadeFrom", new List<string> { "shoes", "tok" });
        return state;

        void Set(string name, object value) => typeof(T).GetProperty(name)!.SetValue(state, value);
    }
}
