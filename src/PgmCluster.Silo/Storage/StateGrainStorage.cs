using Orleans.Storage;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Grain storage that reports a failing database as <see cref="StateDatabaseException"/>, which callers in other processes
/// can read, and lets the grains of one silo write one after another where the database has one writer.
/// </summary>
internal sealed class StateGrainStorage(AdoNetGrainStorage inner, IStateDatabase database, WriterQueue writers)
    : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => inner.Participate(observer);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Translate(() => inner.ReadStateAsync(stateName, grainId, grainState), "read", grainId);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Write(() => inner.WriteStateAsync(stateName, grainId, grainState), "write", grainId);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Write(() => inner.ClearStateAsync(stateName, grainId, grainState), "clear", grainId);

    private Task Write(Func<Task> operation, string verb, GrainId grainId) => writers.Run(async () =>
    {
        await Translate(operation, verb, grainId);
        return true;
    });

    private async Task Translate(Func<Task> operation, string verb, GrainId grainId)
    {
        try
        {
            await operation();
        }
        catch (Exception e) when (database.Describe($"{verb} the state of {grainId} in", e) is { } described)
        {
            throw described;
        }
    }
}
