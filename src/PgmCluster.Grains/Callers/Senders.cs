namespace PgmCluster.Grains.Callers;

/// <summary>What a message says of its sender. Anybody can say anything: it decides only where nothing better is to be had.</summary>
internal static class Senders
{
    /// <summary>Nobody, a grain, or what a silo's services call by, which has the form of a client.</summary>
    public static bool SaysToBeOfASilo(GrainId? sender) =>
        sender is not { IsDefault: false } id || !id.IsClient() || $"{id.Key}".StartsWith("hosted-", StringComparison.Ordinal);
}
