namespace PgmCluster.Data.Hub;

/// <summary>The Hub cannot be reached or breaks off, again and again; trying later may help.</summary>
public sealed class HubException(string message, Exception? inner = null) : IOException(message, inner);
