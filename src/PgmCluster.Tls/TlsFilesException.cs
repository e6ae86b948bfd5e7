namespace PgmCluster.Tls;

/// <summary>
/// Files of certificates cannot be used. The message is one line that says what was attempted, what was found and what to do, and is meant
/// to be shown as it is. Retrying without a change is useless.
/// </summary>
public sealed class TlsFilesException : Exception
{
    public TlsFilesException(string message) : base(message) { }

    public TlsFilesException(string message, Exception inner) : base(message, inner) { }
}
