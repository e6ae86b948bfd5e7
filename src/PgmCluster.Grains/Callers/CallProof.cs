using System.Buffers;
using System.Security.Cryptography;

namespace PgmCluster.Grains.Callers;

/// <summary>
/// By which a silo proves that a call is one of the cluster's own: an HMAC-SHA256 over the target, the interface and the method,
/// of a stream also over those that it is of, in the call's request context. The secret itself travels nowhere, and what belongs to one
/// method of one grain opens no other.
/// </summary>
/// <remarks>
/// Orleans puts the request context of whoever creates a message into it, also into rejections that are created aside for others. So the
/// bytes are only there while a call is under way: they are zeroed when it has ended, and a grain that is called never sees them.
/// </remarks>
internal sealed class CallProof(ClusterSecret secret)
{
    private const string Key = "pgm.proof";

    /// <summary>Bytes that nearly all calls can do with.</summary>
    private const int OnStack = 1024;

    private readonly byte[] _key = secret.Derive("calls");

    /// <summary>Puts the proof of a call into the request context.</summary>
    /// <returns>Its bytes, to be zeroed when the call has ended.</returns>
    public byte[] Give(IGrainCallContext call)
    {
        var proof = Of(call);
        RequestContext.Set(Key, proof);
        return proof;
    }

    /// <summary>Takes the proof out of the request context.</summary>
    /// <returns>True where it is the right one for this call.</returns>
    public bool Take(IGrainCallContext call)
    {
        if (RequestContext.Get(Key) is not { } given) return false;
        RequestContext.Remove(Key);
        return given is byte[] proof && CryptographicOperations.FixedTimeEquals(proof, Of(call));
    }

    /// <summary>Nothing of a proof goes to whoever is called now.</summary>
    public static void Remove() => RequestContext.Remove(Key);

    private byte[] Of(IGrainCallContext call)
    {
        var type = call.TargetId.Type.AsSpan();
        var key = call.TargetId.Key.AsSpan();
        var (@interface, method) = (call.InterfaceName, call.MethodName);
        var stream = ClientCalls.StreamOf(call);
        var (streamed, streaming) = (stream?.GetInterfaceName() ?? "", stream?.GetMethodName() ?? "");
        var most = (2 * FramedHash.LengthBytes) + type.Length + key.Length + FramedHash.Most(@interface) + FramedHash.Most(method)
            + (stream is not null ? FramedHash.Most(streamed) + FramedHash.Most(streaming) : 0);
        // Each call has one at either end: hashed at once, not part by part.
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        var text = rented is null ? stackalloc byte[OnStack] : rented.AsSpan();
        var left = FramedHash.Put(FramedHash.Put(FramedHash.Put(FramedHash.Put(text, type), key), @interface), method);
        if (stream is not null) left = FramedHash.Put(FramedHash.Put(left, streamed), streaming);
        var proof = HMACSHA256.HashData(_key, text[..^left.Length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return proof;
    }
}
