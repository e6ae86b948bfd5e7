namespace PgmCluster.Data.Downloads;

/// <summary>A server cannot be reached, breaks off again and again, or sends something else; trying later may help.</summary>
public sealed class DownloadException(string message, Exception? inner = null) : IOException(message, inner)
{
    private const string Proxy = "Check the address that is asked and the proxy, and try again.";

    /// <summary>Whether something else came than what was asked for, which the next answer may not.</summary>
    internal bool IsOdd { get; private init; }

    /// <summary>Something else came than what was asked for.</summary>
    internal static DownloadException Odd(string what, string found, string? advice = null, Exception? inner = null) =>
        new($"{what}: {found}. {advice ?? Proxy}", inner) { IsOdd = true };

    /// <summary>Nothing came, or not all.</summary>
    internal static DownloadException Unreached(string what, Exception inner) =>
        new(
            $"{what}: {(inner is OperationCanceledException ? "no answer in time" : inner.Message.Split('\n')[0].TrimEnd('.'))}. "
            + "Check the network, and try again; what was fetched stays.", inner);
}
