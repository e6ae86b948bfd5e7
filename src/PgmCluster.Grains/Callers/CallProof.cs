using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Grains.Callers;

/// <summary>
/// By which a silo proves that a call is one of the cluster's own: an HMAC-SHA256 over the target and the method, in the call's request
/// context. The secret itself travels nowhere, and what belongs to one method of one grain opens no other.
/// </summary>
/// <remarks>
/// Orleans puts the request context of whoever creates a message into it, also into rejections that are created aside for others. So the
/// bytes are only there while a call is under way: they are zeroed when it has ended, and a grain that is called never sees them.
/// </remarks>
internal sealed class CallProof(ClusterSecret secret)
{
    private const string Key = "pgm.proof";

    private readonly byte[] _key = secret.Derive("calls");

    /// <summary>Puts the proof of a call into the request context.</summary>
    /// <returns>Its bytes, to be zeroed when the call has ended.</returns>
    public byte[] Give(GrainId target, string method)
    {
        var proof = Of(target, method);
        RequestContext.Set(Key, proof);
        return proof;
    }

    /// <summary>Takes the proof out of the request context.</summary>
    /// <returns>True where it is the right one for this call.</returns>
    public bool Take(GrainId target, string method)
    {
        if (RequestContext.Get(Key) is not { } given) return false;
        RequestContext.Remove(Key);
        return given is byte[] proof && CryptographicOperations.FixedTimeEquals(proof, Of(target, method));
    }

    /// <summary>Nothing of a proof goes to whoever is called now.</summary>
    public static void Remove() => RequestContext.Remove(Key);

    private byte[] Of(GrainId target, string method)
    {
        var type = target.Type.AsSpan();
        var key = target.Key.AsSpan();
        var text = new byte[2 * sizeof(int) + type.Length + key.Length + Encoding.UTF8.GetByteCount(method)];
        BinaryPrimitives.WriteInt32LittleEndian(text, type.Length);
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(sizeof(int)), key.Length);
        var rest = text.AsSpan(2 * sizeof(int));
        type.CopyTo(rest);
        key.CopyTo(rest[type.Length..]);
        Encoding.UTF8.GetBytes(method, rest[(type.Length + key.Length)..]);
        return HMACSHA256.HashData(_key, text);
    }
}
