namespace PgmCluster.Client;

/// <summary>What messages call the settings that a user of this client can change.</summary>
/// <param name="ClusterId">The cluster's id.</param>
/// <param name="Tls">The client's certificate.</param>
internal sealed record SettingNames(string ClusterId, string Tls);
