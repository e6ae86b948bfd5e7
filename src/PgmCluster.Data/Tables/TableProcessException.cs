namespace PgmCluster.Data.Tables;

/// <summary>
/// A table was not read for a reason that does not lie in its file: something ended the process that reads it, or this machine has less
/// memory than the largest that reading one may take. Trying again, here or on another machine, may do.
/// </summary>
public sealed class TableProcessException : IOException
{
    /// <param name="message">What was attempted, what was found, what to do next.</param>
    /// <param name="inner">Null where there is none.</param>
    public TableProcessException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
