using Orleans.Storage;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Storage;

/// <summary>The one way in which grains write their state.</summary>
internal static class DurableState
{
    /// <summary>
    /// Writes the state. A failed write leaves memory ahead of the storage, so the activation ends and the next one reads what is really
    /// stored.
    /// </summary>
    /// <exception cref="PgmException">The storage refused; the driver's exception stays in the log, clients could not read it.</exception>
    public static async Task Save<TState>(this IGrainBase grain, IPersistentState<TState> state, ILogger logger)
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch (Exception e)
        {
            grain.DeactivateOnIdle();
            DurableStateLog.WriteFailed(logger, e, grain.GrainContext.GrainId);
            throw new PgmException(
                $"Saving the state of {grain.GrainContext.GrainId}: the storage refused the write ({e.GetType().Name}). "
                + "Nothing was announced; try again once the storage answers.");
        }
    }

    /// <summary>
    /// Writes the state of a grain that must stay while the storage is away: a failed write puts memory back to what is stored. Only where
    /// somebody else has written does the activation end.
    /// </summary>
    /// <param name="grain">Whose state it is.</param>
    /// <param name="state">The state.</param>
    /// <param name="stored">What was written last.</param>
    /// <param name="logger">The grain's log.</param>
    /// <exception cref="PgmException">The storage refused.</exception>
    public static async Task SaveOrUndo<TState>(this IGrainBase grain, IPersistentState<TState> state, TState stored, ILogger logger)
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            grain.DeactivateOnIdle();
            throw new PgmException(
                $"Saving the state of {grain.GrainContext.GrainId}: another activation has written it. Try again; the newer one answers.");
        }
        catch (Exception e)
        {
            state.State = stored;
            DurableStateLog.WriteUndone(logger, e, grain.GrainContext.GrainId);
            throw new PgmException(
                $"Saving the state of {grain.GrainContext.GrainId}: the storage refused the write ({e.GetType().Name}). "
                + "Nothing was changed; try again once the storage answers.");
        }
    }
}
