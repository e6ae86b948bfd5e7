namespace PgmCluster.Data.Tables;

/// <summary>A file of rows that is open, in the process that reads it.</summary>
internal interface ITable : IAsyncDisposable
{
    TableLayout Layout { get; }

    /// <summary>Rows as contents of frames.</summary>
    IAsyncEnumerable<byte[]> ReadAsync(ReadRows asked);
}
