using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// A statement that ends the batch that it comes first in unless it changes a row. A batch goes to the server at once, so that nobody here
/// could hold back what follows; the server leaves out what comes after a statement that fails.
/// </summary>
/// <remarks>For PostgreSQL, whose driver is the one here that has batches: a change may stand inside of a query there.</remarks>
internal static class BatchGuard
{
    private const string DivisionByZero = "22012";

    /// <param name="guard">An INSERT, UPDATE or DELETE without RETURNING.</param>
    public static Statement Of(Statement guard) =>
        guard with { Sql = $"WITH changed AS ({guard.Sql} RETURNING 1) SELECT 1 / COUNT(*) FROM changed" };

    /// <summary>Whether a guard has ended its batch, as having changed nothing. No other statement of ours divides.</summary>
    /// <param name="exception">What the batch ended with.</param>
    public static bool HasEnded(DbException exception) => exception.SqlState == DivisionByZero;
}
