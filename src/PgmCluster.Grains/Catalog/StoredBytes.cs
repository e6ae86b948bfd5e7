using PgmCluster.Contracts.Catalog;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;

namespace PgmCluster.Grains.Catalog;

/// <summary>
/// How many bytes of the artifact store are whose, as counted lately: listing a large store takes its time, and a start does not wait long
/// for it.
/// </summary>
/// <param name="store">What is counted.</param>
/// <param name="catalog">Knows whose jobs are.</param>
/// <param name="time">Measures how old a count is.</param>
/// <param name="logger">Told of counts that fail.</param>
internal sealed class StoredBytes(IArtifactStore store, ICatalogStore catalog, TimeProvider time, ILogger<StoredBytes> logger)
{
    /// <summary>A count is good for so long, where no job is deleted; and in any case for ten times as long as it took.</summary>
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    /// <summary>Well within a call's time. Who comes meanwhile goes by the count before, and passes where there is none yet.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private readonly Lock _turn = new();
    private IReadOnlyDictionary<string, long> _byUser = new Dictionary<string, long>();
    private Task? _counting;
    private long? _countedAt;
    private bool _isOutdated;
    private TimeSpan _took;

    /// <summary>Bytes in the folders of a user's jobs.</summary>
    /// <param name="user">Empty for those who gave no name.</param>
    public async Task<long> OfAsync(string user)
    {
        Task? counting;
        lock (_turn)
        {
            var goodFor = _isOutdated || s_every < 10 * _took ? 10 * _took : s_every;
            var isOld = _countedAt is not { } at || time.GetElapsedTime(at) >= goodFor;
            if (isOld && _counting is not { IsCompleted: false }) (_counting, _isOutdated) = (Task.Run(CountAsync), false);
            counting = _counting;
        }
        if (counting is { IsCompleted: false }) await Task.WhenAny(counting, Task.Delay(s_patience, time));
        lock (_turn) return _byUser.GetValueOrDefault(user);
    }

    /// <summary>A job was deleted: the count is too high.</summary>
    public void Outdate()
    {
        lock (_turn) _isOutdated = true;
    }

    private async Task CountAsync()
    {
        var began = time.GetTimestamp();
        try
        {
            var users = new Dictionary<string, string>(StringComparer.Ordinal);
            await foreach (var job in catalog.ReadAll("jobs")) users[job.Name] = job.Owner ?? "";
            var (byUser, _) = await StoreUsage.CountAsync(store, users, CancellationToken.None);
            lock (_turn) _byUser = byUser;
        }
        catch (Exception e)
        {
            // The count before holds. A store that cannot be listed must not keep anybody from starting what may not need it.
            CatalogLog.NotCounted(logger, e);
        }
        lock (_turn) (_countedAt, _took) = (time.GetTimestamp(), time.GetElapsedTime(began));
    }
}
