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
                + "Nothing was announced; try again once the storage answers.")
            { Code = PgmErrorCode.Unavailable };
        }
    }
}
