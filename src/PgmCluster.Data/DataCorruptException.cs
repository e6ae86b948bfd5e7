namespace PgmCluster.Data;

/// <summary>
/// Something that this system wrote or downloaded fails its check. Reading it again gives the same result: it has to be made or
/// fetched anew. The message names the file and the check.
/// </summary>
public class DataCorruptException : Exception
{
    public DataCorruptException(string message) : base(message) { }

    public DataCorruptException(string message, Exception inner) : base(message, inner) { }
}
