using System.Security.Cryptography;

namespace PgmCluster.Data.Manifests;

/// <summary>Hashes what is written to it, and keeps nothing.</summary>
internal sealed class HashSink : OneWayStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override bool CanWrite => true;

    /// <summary>SHA-256 of all that was written.</summary>
    public byte[] Finish() => _hash.GetHashAndReset();

    public override void Write(byte[] buffer, int offset, int count) => _hash.AppendData(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => _hash.AppendData(buffer);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _hash.Dispose();
        base.Dispose(disposing);
    }
}
