using PgmCluster.Grains.Options;

namespace PgmCluster.Silo.Options;

/// <summary>How a silo knows whom it deals with.</summary>
public abstract class ProtectionOptions : Timings
{
    /// <summary>
    /// File with what the silos of the cluster, and nobody else, know: at least 32 random characters, the same for all. They prove their
    /// calls to each other by it. Default: none, which is a secret that the first silo makes in the state database.
    /// </summary>
    public string SecretFile { get; set; } = "";

    /// <summary>
    /// Whether clients can connect to this silo. Off for silos that only compute: clients reach their grains by the gateways of others.
    /// Default: true.
    /// </summary>
    public bool OpensGateway { get; set; } = true;

    /// <summary>
    /// Accepts calls of silos of version 0.1 and before, which prove nothing, while a cluster is upgraded silo by silo; a client can pose
    /// as one meanwhile. Default: false.
    /// </summary>
    public bool AcceptOlderSilos { get; set; }
}
