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

    /// <summary>
    /// What a job took that is done, on the clock and of processors (user and system): null for another job, and the latter where nobody
    /// counted it.
    /// </summary>
    public (double? Seconds, double? CpuSeconds) Taken<T>(StudyJob<T> job) where T : class =>
        Find(job) is null ? default : (Clock.Seconds(job.Id), Clock.WholeCpuSeconds(job.Id));

    public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class => Task.FromResult(Find(job));

    public bool Has(string id) => File.Exists(PathOf(id));

    public T? Find<T>(StudyJob<T> job) where T : class
    {
        try
        {
            return Has(job.Id) ? Json.Read<Kept<T>>(File.ReadAllText(PathOf(job.Id))).Outcome : null;
        }
        catch (JsonException)
        {
            // The job itself still knows: asked again, it answers at once.
            return null;
        }
    }

    public void Keep<T>(StudyJob<T> job, T outcome) where T : class =>
        AtomicFile.WriteAllText(PathOf(job.Id), Json.Text(new Kept<T>(job.Settings, outcome)) + "\n");

    private string PathOf(string id) => Path.Combine(folder, $"{id}.json");

    private sealed record Kept<T>(string Settings, T Outcome);
}
