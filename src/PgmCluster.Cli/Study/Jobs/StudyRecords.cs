using System.Text.Json;
using System.Text.Json.Serialization;
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

    public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class => Task.FromResult(Find(job));

    public bool Has(string id) => File.Exists(PathOf(id));

    public T? Find<T>(StudyJob<T> job) where T : class => Read<T>(PathOf(job.Id))?.Outcome;

    /// <summary>False for what was only taken over: others can be compared with its outcome, but its product is not in this home.</summary>
    public bool IsHere<T>(StudyJob<T> job) where T : class => Read<T>(PathOf(job.Id)) is { Elsewhere: null or { AlsoHere: true } };

    /// <summary>Keeps what was done here. An outcome that was taken over stays, with its times: that it came out again is added.</summary>
    public void Keep<T>(StudyJob<T> job, T outcome) where T : class => Write(
        job, Read<T>(PathOf(job.Id)) is { Elsewhere: { } there } known
            ? known with { Elsewhere = there with { AlsoHere = true } }
            : new(job.Settings, outcome));

    /// <summary>Keeps what a published study found.</summary>
    public void TakeOver<T>(StudyJob<T> job, T outcome, double? seconds, double? cpuSeconds) where T : class =>
        Write(job, new(job.Settings, outcome, new(seconds, cpuSeconds, AlsoHere: false)));

    private void Write<T>(StudyJob<T> job, Kept<T> kept) where T : class =>
        AtomicFile.WriteAllText(PathOf(job.Id), Json.Text(kept) + "\n");

    private string PathOf(string id) => Path.Combine(folder, $"{id}.json");

    private static Kept<T>? Read<T>(string path)
    {
        try
        {
            return File.Exists(path) ? Json.Read<Kept<T>>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            // The job itself still knows: asked again, it answers at once.
            return null;
        }
    }

    private sealed record Kept<T>(
        string Settings, T Outcome, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Elsewhere? Elsewhere = null);

    private sealed record Elsewhere(double? Seconds, double? CpuSeconds, bool AlsoHere);
}
