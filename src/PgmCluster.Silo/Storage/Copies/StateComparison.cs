using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Silo.Storage.Copies;

/// <summary>Whether two databases of any kind hold the same state of a cluster.</summary>
internal static class StateComparison
{
    /// <param name="one">A database.</param>
    /// <param name="ofOne">Whose state in it.</param>
    /// <param name="other">Another.</param>
    /// <param name="ofOther">Whose state in that.</param>
    /// <returns>How many rows they are; null where they differ.</returns>
    /// <exception cref="StateDatabaseException">One of them cannot be read.</exception>
    public static long? RowsIfSame(IStateDatabase one, string ofOne, IStateDatabase other, string ofOther)
    {
        var (first, second) = (Read(one, ofOne), Read(other, ofOther));
        return first.Rows == second.Rows && first.Digest.AsSpan().SequenceEqual(second.Digest) ? first.Rows : null;
    }

    /// <returns>How many rows there are, and the exclusive or of their hashes: databases have no order in common.</returns>
    private static (long Rows, byte[] Digest) Read(IStateDatabase database, string stateId)
    {
        try
        {
            using var connection = database.Connect();
            using var snapshot = database.BeginSnapshot(connection);
            var digest = new byte[SHA256.HashSizeInBytes];
            var rows = 0L;
            foreach (var table in StateTables.All)
            {
                using var command = connection.Command(table.Select, ("@OfState", stateId));
                command.Transaction = snapshot;
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    var values = table.Columns.Select((column, i) => Text(StateCopy.Value(column, reader.GetValue(i))));
                    var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{table.Name}|{string.Join('|', values)}"));
                    for (var i = 0; i < digest.Length; i++) digest[i] ^= hash[i];
                    rows++;
                }
            }
            return (rows, digest);
        }
        catch (Exception e) when (database.Describe("compare the state in", e) is { } described)
        {
            throw described;
        }
    }

    private static string Text(object value)
    {
        if (value is DBNull) return "";
        var text = value is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        return string.Create(CultureInfo.InvariantCulture, $"{text.Length}:{text}");
    }
}
