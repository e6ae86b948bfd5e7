using System.Text.Json;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>Outcomes and times of the jobs that are done, a file each: all that a report is made from.</summary>
internal sealed class StudyRecords(string folder, TimeProvider time) : IStudyExecutor
{
    /// <summary>What each job took, over all starts of the program.</summary>
    public StageClock Clock { get; } = StageClock.Open(Path.Combine(folder, "times.json"), time);

    /// <summary>How many outcomes came from a published study.</summary>
    public int TakenOver => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "study-*.json").Count(file => Read<JsonElement>(file)?.Elsewhere is not null)
        : 0;

    /// <summary>
    /// What a job took that is done, on the clock and of processors (user and system), where its outcome is from: null for another job, and
    /// the latter where nobody counted it.
    /// </summary>
    public (double? Seconds, double? CpuSeconds) Taken<T>(StudyJob<T> job) where T : class => Read<T>(PathOf(job.Id)) switch
    {
        null => default,
        { Elsewhere: { } there } => (there.Seconds, there.CpuSeconds),
        _ => (Clock.Seconds(job.Id), Clock.WholeCpuSeconds(job.Id)),
    };

    public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class => Task.FromResult(Find(job)?.Outcome);

    public bool Has(string id) => File.Exists(PathOf(id));

    /// <summary>What is on record of a job; null where nothing is.</summary>
    public StudyRecord<T>? Find<T>(StudyJob<T> job) where T : class => Read<T>(PathOf(job.Id));

    /// <summary>Keeps what was done here. An outcome that was taken over stays, with its times: that it came out again is added.</summary>
    /// <param name="job">What was done.</param>
    /// <param name="known">What was on record of it before.</param>
    /// <param name="outcome">What came of it.</param>
    public void Keep<T>(StudyJob<T> job, StudyRecord<T>? known, T outcome) where T : class => Write(
        job, known is { Elsewhere: { } there } ? known with { Elsewhere = there with { AlsoHere = true } } : new(job.Settings, outcome));

    /// <summary>Keeps what a published study found.</summary>
    public void TakeOver<T>(StudyJob<T> job, T outcome, double? seconds, double? cpuSeconds) where T : class =>
        Write(job, new(job.Settings, outcome, new(seconds, cpuSeconds, AlsoHere: false)));

    private void Write<T>(StudyJob<T> job, StudyRecord<T> kept) where T : class =>
        AtomicFile.WriteAllText(PathOf(job.Id), Json.Text(kept) + "\n");

    private string PathOf(string id) => Path.Combine(folder, $"{id}.json");

    private static StudyRecord<T>? Read<T>(string path)
    {
        try
        {
            return File.Exists(path) ? Json.Read<StudyRecord<T>>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            // The job itself still knows: asked again, it answers at once.
            return null;
        }
    }
}
