using System.Net;
using Microsoft.Extensions.Logging;

namespace PgmCluster.Api;

/// <summary>How a silo serves the HTTP API.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Where it listens.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>TCP port; 0 picks a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The file of keys, as <see cref="Keys.ApiKeyFile"/> writes it.</summary>
    public required string KeysFile { get; init; }

    /// <summary>File with a certificate and those that it comes from, PEM; null for no TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>File with the certificate's private key, PEM.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Calls grains.</summary>
    public required IGrainFactory Grains { get; init; }

    /// <summary>From here on, what the caller calls within the cluster is in somebody's name.</summary>
    public required Action<string> ActAs { get; init; }

    /// <summary>Where messages go.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Pages on the same port; null for none.</summary>
    public IApiPages? Pages { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
