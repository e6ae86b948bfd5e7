namespace PgmCluster.Cli.Sessions;

/// <summary>How a silo in this process runs.</summary>
internal sealed record EmbeddedSiloSettings
{
    /// <summary>"auto", "none" or a list such as "cpu:0,cpu:1".</summary>
    public string Devices { get; init; } = "auto";

    /// <summary>TCP port for clients; 0 picks a free one.</summary>
    public int GatewayPort { get; init; }
}
