using System.Security.Cryptography;

namespace PgmCluster.Grains.Callers;

/// <summary>What the silos of a cluster know and nobody else. Nothing but what is derived from it ever leaves the process.</summary>
public sealed class ClusterSecret
{
    /// <summary>Fewest bytes of a secret.</summary>
    public const int LeastBytes = 32;

    private readonly byte[] _key;

    /// <param name="key">At least <see cref="LeastBytes"/> bytes that nobody can guess.</param>
    /// <exception cref="ArgumentException">They are fewer.</exception>
    public ClusterSecret(ReadOnlySpan<byte> key)
    {
        if (key.Length < LeastBytes) throw new ArgumentException($"A cluster's secret has at least {LeastBytes} bytes.", nameof(key));
        _key = key.ToArray();
    }

    /// <summary>A key for one purpose: who learns it learns neither the secret nor a key for anything else.</summary>
    /// <param name="purpose">What it is for.</param>
    /// <param name="parts">Of what.</param>
    /// <returns>HMAC-SHA256 over purpose and parts, each with its length.</returns>
    internal byte[] Derive(string purpose, params ReadOnlySpan<byte[]> parts)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.Add(purpose);
        foreach (var part in parts) mac.Add(part);
        return mac.GetHashAndReset();
    }
}
