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
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.Add(call.TargetId.Type.AsSpan());
        mac.Add(call.TargetId.Key.AsSpan());
        mac.Add(call.InterfaceName);
        mac.Add(call.MethodName);
        if (ClientCalls.StreamOf(call) is { } stream)
        {
            mac.Add(stream.GetInterfaceName());
            mac.Add(stream.GetMethodName());
        }
        return mac.GetHashAndReset();
    }
}
