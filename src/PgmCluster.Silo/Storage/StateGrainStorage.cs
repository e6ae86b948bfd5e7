using Orleans.Storage;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Storage;

/// <summary>Grain storage that reports a failing database as <see cref="StateDatabaseException"/>, which callers in other processes can read.</summary>
internal sealed class StateGrainStorage(AdoNetGrainStorage inner, string path) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => inner.Participate(observer);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Translate(inner.ReadStateAsync(stateName, grainId, grainState), "read", grainId);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Translate(inner.WriteStateAsync(stateName, grainId, grainState), "write", grainId);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Translate(inner.ClearStateAsync(stateName, grainId, grainState), "clear", grainId);

    private async Task Translate(Task operation, string verb, GrainId grainId)
    {
        try
        {
            await operation;
        }
        catch (Exception e) when (SqliteErrors.Find(e) is { } sqlite)
        {
            throw SqliteErrors.Describe($"{verb} the state of {grainId} in", path, sqlite);
        }
    }
}
