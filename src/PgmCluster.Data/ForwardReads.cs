using System.Buffers;

namespace PgmCluster.Data;

/// <summary>Reads from streams that only go forward.</summary>
internal static class ForwardReads
{
    /// <summary>Reads over bytes.</summary>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public static async Task SkipAsync(Stream stream, long count, CancellationToken cancellation)
    {
        if (count == 0) return;
        var scratch = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, 1 << 16));
        try
        {
            for (var left = count; left > 0;)
            {
                var got = await stream.ReadAsync(scratch.AsMemory(0, (int)Math.Min(left, scratch.Length)), cancellation);
                if (got == 0) throw new EndOfStreamException();
                left -= got;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
