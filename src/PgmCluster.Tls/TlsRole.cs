namespace PgmCluster.Tls;

/// <summary>What a certificate lets its holder be.</summary>
public enum TlsRole
{
    /// <summary>A silo: it may connect to every port of other silos.</summary>
    Silo = 1,

    /// <summary>A client of the cluster: it may connect to gateways.</summary>
    Service = 2,
}
