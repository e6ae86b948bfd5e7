using PgmCluster.Contracts.Catalog;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;

namespace PgmCluster.Grains.Catalog;

/// <summary>
/// How many bytes of the artifact store are whose, as counted last: listing a large store takes its time, and once it was counted no start
/// waits for that. Where the last count is old, the next is made behind who asks, for who comes after.
/// </summary>
/// <param name="store">What is counted.</param>
/// <param name="catalog">Knows whose jobs are.</param>
/// <param name="time">Measures how old a count is.</param>
/// <param name="logger">Told of counts that fail.</param>
internal sealed class StoredBytes(IArtifactStore store, ICatalogStore catalog, TimeProvider time, ILogger<StoredBytes> logger)
{
    /// <summary>Whose entries are the jobs.</summary>
    public const string Catalog = "jobs";

    /// <summary>A count is good for so long, and in any case for ten times as long as it took.</summary>
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    /// <summary>For the first count, or one that may have room, well within a call's time. Who comes before the first is there passes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private readonly Lock _turn = new();

    /// <summary>Deleted since the count in hand began: it may have found their entries.</summary>
    private readonly HashSet<string> _deleted = new(StringComparer.Ordinal);
    private Dictionary<string, (string User, long Bytes)> _jobs = [];
    private Dictionary<string, long> _users = [];
    private Task? _counting;
    private long? _countedAt;
    private TimeSpan _took;

    /// <summary>Bytes in the folders of a user's jobs.</summary>
    /// <param name="user">Empty for those who gave no name.</param>
    /// <param name="room">Who has as many is refused, and not by a count that is being made again: then it is waited for.</param>
    public async Task<long> OfAsync(string user, long room = long.MaxValue)
    {
        Task? next;
        lock (_turn)
        {
            var goodFor = s_every < 10 * _took ? 10 * _took : s_every;
            var isOld = _countedAt is not { } at || time.GetElapsedTime(at) >= goodFor;
            if (isOld && _counting is not { IsCompleted: false })
            {
                _deleted.Clear();
                _counting = Task.Run(CountAsync);
            }
            next = _countedAt is null || _users.GetValueOrDefault(user) >= room ? _counting : null;
        }
        if (next is { IsCompleted: false }) await Task.WhenAny(next, Task.Delay(s_patience, time));
        lock (_turn) return _users.GetValueOrDefault(user);
    }

    /// <summary>A job was deleted: what is in its folder is nobody's.</summary>
    public void Forget(string job)
    {
        lock (_turn)
        {
            if (_counting is { IsCompleted: false }) _deleted.Add(job);
            if (_jobs.Remove(job, out var had)) _users[had.User] -= had.Bytes;
        }
    }

    private async Task CountAsync()
    {
        var began = time.GetTimestamp();
        try
        {
            var users = new Dictionary<string, string>(StringComparer.Ordinal);
            await foreach (var job in catalog.ReadAll(Catalog)) users[job.Name] = job.Owner ?? "";
            var (jobs, _) = await StoreUsage.CountAsync(store, users, CancellationToken.None);
            lock (_turn) Take(jobs);
        }
        catch (Exception e)
        {
            // The count before holds. A store that cannot be listed must not keep anybody from starting what may not need it.
            CatalogLog.NotCounted(logger, e);
        }
        lock (_turn) (_countedAt, _took) = (time.GetTimestamp(), time.GetElapsedTime(began));
    }

    private void Take(Dictionary<string, (string User, long Bytes)> jobs)
    {
        foreach (var job in _deleted) jobs.Remove(job);
        _jobs = jobs;
        _users = StoreUsage.ByUser(jobs);
    }
}
