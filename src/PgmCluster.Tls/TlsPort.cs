namespace PgmCluster.Tls;

/// <summary>The ports of a silo that the certificate policy guards.</summary>
public enum TlsPort
{
    /// <summary>Calls and membership probes between silos.</summary>
    Silo = 1,

    /// <summary>Clients' calls.</summary>
    Gateway = 2,

    /// <summary>Gradients and states between members of a gang.</summary>
    Data = 3,
}
