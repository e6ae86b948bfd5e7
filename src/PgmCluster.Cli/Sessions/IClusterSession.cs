using PgmCluster.Cli.Homes;

namespace PgmCluster.Cli.Sessions;

/// <summary>A way to call grains for the length of one command. Disposing stops the silo where it was started for this command.</summary>
internal interface IClusterSession : IAsyncDisposable
{
    /// <summary>True where the silo lives in this process and ends with the command.</summary>
    bool IsEmbedded { get; }

    /// <summary>The silo's gateway, "address:port".</summary>
    string Gateway { get; }

    string ClusterId { get; }

    /// <summary>Where an embedded silo serves the HTTP API; null where it does not.</summary>
    string? ApiAddress => null;

    PgmHome Home { get; }

    /// <summary>What this session changed in the home directory; null where a silo was running already.</summary>
    HomeClaim? Claim { get; }

    /// <summary>Cancelled when an embedded silo stops by itself.</summary>
    CancellationToken SiloStopping { get; }

    TGrain Get<TGrain>(string key) where TGrain : IGrainWithStringKey;

    /// <summary>A grain whose interface is known at run time only.</summary>
    IGrain Get(Type grain, string key);
}
