using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// How two members of one generation prove to each other that they belong to it. Hello: magic, run, generation, from, to, nonce, and an
/// HMAC-SHA256 of all that under the generation's secret; the answer is an HMAC of the hello with another prefix.
/// </summary>
internal static class GangHandshake
{
    private const ulong Magic = 0x31474E41474D4750;
    private const int NonceSize = 16, ProofSize = 32, LongestRunId = 256;

    /// <summary>What a connecting member says.</summary>
    internal sealed record Hello(string RunId, long Generation, int From, int To, byte[] Signed, byte[] Proof)
    {
        public bool IsProven(byte[] secret) => CryptographicOperations.FixedTimeEquals(Prove(secret, "hello", Signed), Proof);

        public byte[] Answer(byte[] secret) => Prove(secret, "welcome", Signed);
    }

    /// <summary>Says hello on a new connection and checks the answer.</summary>
    /// <exception cref="InvalidDataException">The other side does not know the secret.</exception>
    public static async Task IntroduceAsync(PeerLink link, GangSeat seat, int to, CancellationToken cancellation)
    {
        var signed = Introduction(seat, to);
        await link.SendAsync(signed, cancellation);
        await link.SendAsync(Prove(seat.Proof, "hello", signed), cancellation);
        var answer = await ReceiveAsync(link, ProofSize, cancellation);
        if (!CryptographicOperations.FixedTimeEquals(answer, Prove(seat.Proof, "welcome", signed)))
            throw new InvalidDataException(
                $"Connecting to rank {to} of {seat.RunId}: it does not know the secret of generation {seat.Generation}.");
    }

    private static byte[] Introduction(GangSeat seat, int to)
    {
        var run = Encoding.UTF8.GetBytes(seat.RunId);
        var signed = new byte[8 + 4 + run.Length + 8 + 4 + 4 + NonceSize];
        var rest = signed.AsSpan();
        BinaryPrimitives.WriteUInt64LittleEndian(rest, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], run.Length);
        run.CopyTo(rest[12..]);
        rest = rest[(12 + run.Length)..];
        BinaryPrimitives.WriteInt64LittleEndian(rest, seat.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], seat.Rank);
        BinaryPrimitives.WriteInt32LittleEndian(rest[12..], to);
        RandomNumberGenerator.Fill(rest[16..]);
        return signed;
    }

    /// <summary>Reads a hello; the proof is not checked yet.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task<Hello> ReceiveAsync(PeerLink link, CancellationToken cancellation)
    {
        var head = await ReceiveAsync(link, 12, cancellation);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8));
        if (BinaryPrimitives.ReadUInt64LittleEndian(head) != Magic || length is < 1 or > LongestRunId)
            throw new InvalidDataException("Somebody connected who does not speak the data plane's protocol.");
        var rest = await ReceiveAsync(link, length + 16 + NonceSize, cancellation);
        var proof = await ReceiveAsync(link, ProofSize, cancellation);
        var numbers = rest.AsSpan(length);
        return new Hello(
            Encoding.UTF8.GetString(rest, 0, length),
            BinaryPrimitives.ReadInt64LittleEndian(numbers),
            BinaryPrimitives.ReadInt32LittleEndian(numbers[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(numbers[12..]),
            [.. head, .. rest],
            proof);
    }

    private static async Task<byte[]> ReceiveAsync(PeerLink link, int count, CancellationToken cancellation)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;) done += await link.ReceiveAsync(bytes.AsMemory(done), cancellation);
        return bytes;
    }

    private static byte[] Prove(byte[] secret, string role, byte[] signed) =>
        HMACSHA256.HashData(secret, (byte[])[.. Encoding.ASCII.GetBytes(role), .. signed]);
}
