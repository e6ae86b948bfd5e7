namespace PgmCluster.Silo.Storage;

/// <summary>Operations on the state database, with what the driver reports put into one line.</summary>
internal static class DescribedOperations
{
    /// <param name="database">The database.</param>
    /// <param name="attempt">What is attempted, ending before the database's name.</param>
    /// <param name="operation">It.</param>
    /// <exception cref="StateDatabaseException">The driver reported something.</exception>
    public static async Task<T> Described<T>(this IStateDatabase database, string attempt, Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (Exception e) when (database.Describe(attempt, e) is { } described)
        {
            throw described;
        }
    }
}
