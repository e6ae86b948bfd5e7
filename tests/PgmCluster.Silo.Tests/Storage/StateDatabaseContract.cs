using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>What holds of a state database whichever it is: a new one for each test, and no test where it cannot run.</summary>
public abstract class StateDatabaseContract : IAsyncLifetime
{
    private IStateDatabase? _database;

    /// <summary>Why there is no database here.</summary>
    protected virtual string? Missing => null;

    protected static DateTimeOffset Time { get; } = new(2026, 11, 1, 10, 20, 30, 456, TimeSpan.Zero);

    protected IStateDatabase Database => _database ?? throw new SkippedException($"The database cannot run here: {Missing}");

    public virtual async Task InitializeAsync()
    {
        if (Missing is null) _database = await OpenAsync();
    }

    public virtual Task DisposeAsync()
    {
        _database?.Release();
        return Task.CompletedTask;
    }

    /// <summary>An empty database.</summary>
    protected abstract Task<IStateDatabase> OpenAsync();
}
