namespace PgmCluster.Cli.Study.Jobs;

/// <summary>
/// Counts what a study asks for, without running anything: what is not on record is assumed. A choice that comes out otherwise than assumed
/// asks for other jobs, and is counted anew.
/// </summary>
/// <param name="records">What is done.</param>
/// <param name="study">Asks for everything.</param>
internal sealed class StudyOutline(StudyRecords records, Func<IStudyExecutor, Task> study) : IStudyExecutor
{
    private readonly Dictionary<string, (string Part, StudyCost Cost)> _jobs = [];

    public IEnumerable<string> Parts => _jobs.Values.Select(j => j.Part).Distinct();

    public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class
    {
        _jobs.TryAdd(job.Id, (job.Part, job.Cost));
        return Task.FromResult<T?>(records.Find(job)?.Outcome ?? job.Assumed);
    }

    public bool Knows(string id) => _jobs.ContainsKey(id);

    public Task CountAsync()
    {
        _jobs.Clear();
        return study(this);
    }

    /// <summary>
    /// What is left to do. What jobs of a kind have taken so far corrects the guess for the others of the kind; what all have taken, for
    /// the kinds of which none is done.
    /// </summary>
    /// <param name="part">One part; null for all.</param>
    public StudyRemainder Left(string? part = null)
    {
        // What was taken over from a published study took no time here.
        var done = _jobs.Where(j => records.Has(j.Key) && records.Clock.Seconds(j.Key) > 0).ToList();
        var factors = done.GroupBy(j => j.Value.Cost.Kind).ToDictionary(g => g.Key, g => Factor(g));
        var usual = Factor(done);
        var asked = _jobs.Where(j => part is null || j.Value.Part == part).ToList();
        var left = asked.Where(j => !records.Has(j.Key)).ToList();
        return new(
            left.Count, asked.Count,
            left.Sum(j => j.Value.Cost.Seconds * factors.GetValueOrDefault(j.Value.Cost.Kind, usual)),
            asked.Sum(j => records.Clock.Seconds(j.Key)));

        double Factor(IEnumerable<KeyValuePair<string, (string Part, StudyCost Cost)>> jobs)
        {
            var (taken, guessed) = (jobs.Sum(j => records.Clock.Seconds(j.Key)), jobs.Sum(j => j.Value.Cost.Seconds));
            return taken > 0 && guessed > 0 ? taken / guessed : 1;
        }
    }
}
