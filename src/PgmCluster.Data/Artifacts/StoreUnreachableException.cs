namespace PgmCluster.Data.Artifacts;

/// <summary>The server of an artifact store cannot be reached or fails. Worth another attempt.</summary>
public sealed class StoreUnreachableException : IOException
{
    // Of Linux: "remote input or output", which a later attempt may mend.
    private const int RemoteTrouble = 121;

    /// <param name="message">One line: what was attempted, what was found, what to do.</param>
    public StoreUnreachableException(string message) : base(message, RemoteTrouble) { }
}
