namespace PgmCluster.Silo.Storage;

/// <summary>A statement with the values of its parameters.</summary>
internal sealed record Statement(string Sql, (string Name, object Value)[] Parameters)
{
    /// <summary>Bytes of its values, as far as they can be large.</summary>
    public long Bytes => Parameters.Sum(p => p.Value switch { byte[] b => b.LongLength, string s => s.Length, _ => 0L });
}
