using System.Diagnostics;
using System.Globalization;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Devices;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport.Processes;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Benchmarks.Proofs.MillionEntries;

/// <summary>
/// <c>tests/million-entries</c>: a folder of ImageNet's size is listed once, in bounded time and memory, and never again by what works on
/// it. The silo is in this process.
/// </summary>
internal sealed class MillionEntriesProof : Proof
{
    private const double MostSeconds = 60, MostMegabytes = 500;
    private const int HeldOut = 2_000;

    private readonly int _entries = ProofSettings.Number("ENTRIES", 1_281_167, least: 10_000),
        _classes = ProofSettings.Number("CLASSES", 1_000, least: 2);

    public override string Name => "million-entries";

    protected override async Task FindAsync()
    {
        var room = Environment.GetEnvironmentVariable("ROOM") is { Length: > 0 } given ? given
            : Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        Say($"linking {_entries} entries in {_classes} directories below {room}");
        using var folder = LinkedFolder.Make(room, _entries, _classes);
        var home = Directory.CreateTempSubdirectory("pgm-entries-").FullName;
        try
        {
            var options = new SiloOptions
            {
                Home = Path.Combine(home, "home"),
                SiloName = "one",
                Exclusive = false,
                Devices = "cpu:0",
                CoresPerDevice = 1,
            };
            await using var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
            await Measure(folder.Location, silo.Grains);
        }
        finally
        {
            TemporaryFiles.Delete(home);
        }
    }

    private async Task Measure(string location, IGrainFactory grains)
    {
        using var listings = new Listings();
        GC.Collect();
        PeakMemory.Reset();
        Table.Note("memory of the silo before", Megabytes(PeakMemory.Megabytes()));
        var dataset = grains.GetGrain<IDatasetGrain>("many");
        var begun = Stopwatch.GetTimestamp();
        var started = await dataset.StartRegistration(new DatasetRequest { Location = location, ValidationImages = HeldOut });
        var planned = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var peakOfPlan = PeakMemory.Megabytes();
        Say($"listed and planned; job {started.Job}");
        PeakMemory.Reset();
        await Rest(grains.GetGrain<IRegistrationJobGrain>(started.Job!));
        var indexed = Stopwatch.GetElapsedTime(begun).TotalSeconds - planned;
        var peakOfIndexing = PeakMemory.Megabytes();
        var peak = Math.Max(peakOfPlan, peakOfIndexing);
        var info = await dataset.Get();
        Table.Add("registered", $"{info.Images} images, {info.ClassNames.Count} classes, {info.Shards} shards",
            info.Images == _entries && info.ClassNames.Count == _classes);
        Table.Add("listed once", $"{listings.Seconds.Count} time(s)", listings.Seconds.Count == 1);
        Table.Add("listing under 60 s", Seconds(listings.Seconds.Sum()), listings.Seconds.Sum() < MostSeconds);
        Table.Note("listing, recognising and writing the plan", Seconds(planned));
        Table.Note("indexing by one device, headers included, and the manifest", Seconds(indexed));
        Table.Note("peak memory until the job is queued, and from then on", $"{Megabytes(peakOfPlan)}, {Megabytes(peakOfIndexing)}");
        Table.Add("peak memory of the process (VmHWM) under 500 MB", Megabytes(peak), peak < MostMegabytes);

        Say("work on the dataset");
        var tokenizer = grains.GetGrain<ITrainingRunGrain>("tokenizer");
        await tokenizer.Start(new TrainingRequest
        {
            Preset = "tokenizer-smoke",
            Dataset = "many",
            Set = new Dictionary<string, string> { ["training.steps"] = "2" },
        });
        await Rest(tokenizer);
        var tokens = grains.GetGrain<ITokenizationJobGrain>("tokens");
        await tokens.Start(new TokenizationRequest
        {
            Dataset = "many",
            Tokenizer = "tokenizer",
            Split = "validation",
            ShardSize = HeldOut / 4,
        });
        await Rest(tokens);
        var made = await tokens.GetResult();
        Table.Add("no later work item lists again", $"{listings.Seconds.Count} listing(s) after a training and the tokenization of "
            + $"{made.Images} images", listings.Seconds.Count == 1 && made.Images == HeldOut);
        Table.Note("peak memory with that work", Megabytes(PeakMemory.Megabytes()));
    }

    private static async Task Rest(IJobGrain job)
    {
        await foreach (var _ in job.WatchToRest(TimeSpan.FromMinutes(10)))
        {
        }
        if (await job.GetStatus() is { Phase: not JobPhase.Completed } status)
            throw new InvalidOperationException($"Job {status.Id} is {status.Phase}: {status.Message}");
    }

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");

    private static string Megabytes(double megabytes) => string.Create(CultureInfo.InvariantCulture, $"{megabytes:0} MB");
}
