using System.Text;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats;

/// <summary>Files beside the pictures that are read whole: lists of classes, descriptions.</summary>
internal static class SmallFile
{
    private const int Largest = 16 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="BadInputException">It is larger than 16 MB.</exception>
    public static async Task<byte[]> ReadAsync(IBlobs blobs, string name, CancellationToken cancellation)
    {
        await using var stream = await blobs.OpenAsync(name, 0, cancellation);
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int got; (got = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (bytes.Length + got > Largest)
                throw new BadInputException(
                    $"Reading {blobs.Location}/{name}: it is larger than {Largest >> 20} MB, which no such list is. Check the file.");
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
