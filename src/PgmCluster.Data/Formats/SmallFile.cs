using System.Text;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>Files that are read whole, up to a bound: lists of classes, descriptions, single pictures.</summary>
internal static class SmallFile
{
    private const int Largest = 16 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="BadInputException">It is larger than 16 MB.</exception>
    public static Task<byte[]> ReadAsync(IBlobs blobs, string name, CancellationToken cancellation) => ReadAsync(
        blobs, name, Largest,
        () => new($"Reading {blobs.Location}/{name}: it is larger than {Largest >> 20} MB, which no such list is. Check the file."),
        cancellation);

    /// <exception cref="BadInputException">It has more than <paramref name="most"/> bytes, in the words of the caller.</exception>
    public static async Task<byte[]> ReadAsync(
        IBlobs blobs, string name, int most, Func<BadInputException> tooLarge, CancellationToken cancellation)
    {
        await using var stream = await blobs.OpenAsync(name, 0, cancellation);
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int got; (got = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (bytes.Length + got > most) throw tooLarge();
            bytes.Write(buffer.AsSpan(0, got));
        }
        return bytes.ToArray();
    }

    /// <exception cref="BadInputException">The bytes are not UTF-8.</exception>
    public static string Text(byte[] bytes, string path)
    {
        try
        {
            return Strict.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"Reading {path}: it is not UTF-8 text (byte {e.Index}). Convert it with iconv.", e);
        }
    }
}
