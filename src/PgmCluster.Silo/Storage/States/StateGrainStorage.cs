using System.Text.Json;
using Orleans.Storage;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Storage.Metering;

namespace PgmCluster.Silo.Storage.States;

/// <summary>
/// Grain storage that reports a failing database and damaged state as one line that callers in other processes can read, and has
/// the grains of one silo read and write together what comes at the same time.
/// </summary>
/// <param name="inner">Clears, and reads where the rows do not.</param>
/// <param name="database">What it reads and writes.</param>
/// <param name="rows">Writes.</param>
internal sealed class StateGrainStorage(AdoNetGrainStorage inner, IStateDatabase database, GrainStateRows rows)
    : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer) => inner.Participate(observer);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        Translate(
            () => rows.CanRead ? rows.Read(stateName, grainId, grainState) : inner.ReadStateAsync(stateName, grainId, grainState), "read",
            grainId);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Translate(
        () => rows.Write(stateName, grainId, grainState), "write", grainId);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Translate(
        () => inner.ClearStateAsync(stateName, grainId, grainState), "clear", grainId);

    private async Task Translate(Func<Task> operation, string verb, GrainId grainId)
    {
        try
        {
            await DatabaseMeters.Measure("state", verb, operation);
        }
        catch (Exception e) when (database.Describe($"{verb} the state of {grainId} in", e) is { } described)
        {
            throw AsOneLine(WireErrors.Of(described) ?? described);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw AsOneLine(new PgmException(
                $"Trying to {verb} the state of {grainId}: it is damaged ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}). "
                + "Restore the state database from a backup, or remove that record.")
            { Code = PgmErrorCode.Internal });
        }
    }

    /// <summary>
    /// Around anything but an exception of its own the framework puts a text with the stack trace, and what fails while a grain activates
    /// goes to the client past every filter.
    /// </summary>
    private static OrleansException AsOneLine(PgmException refusal) => new(refusal.Message, refusal);
}
