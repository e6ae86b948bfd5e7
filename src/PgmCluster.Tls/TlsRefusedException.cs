namespace PgmCluster.Tls;

/// <summary>Who answered is not to be trusted, or does not speak TLS. The message is one line; trying again changes nothing.</summary>
public sealed class TlsRefusedException(string message) : Exception(message);
