namespace PgmCluster.Benchmarks.Proofs.Pictures;

/// <summary>
/// JPEGs of three planes (YCbCr) or four (CMYK), sequential or progressive, whose scans have a plane each: the library that is used here
/// writes neither CMYK nor progressive ones.
/// </summary>
internal static class PlanesJpeg
{
    private const int Quality = 80;

    /// <summary>Writes a picture.</summary>
    /// <param name="planes">Its planes, of one size.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="progressive">In scans of the means and of the other coefficients.</param>
    /// <param name="isDamaged">With a table behind the first scan that cannot be: header and end are as they should be.</param>
    public static byte[] Write(IReadOnlyList<byte[]> planes, int width, int height, bool progressive, bool isDamaged = false)
    {
        var coded = planes.Select(p => GrayJpeg.Encode(p, width, height, Quality)).ToArray();
        var file = new List<byte> { 0xFF, 0xD8 };
        // Adobe's segment says what four planes are: 0, CMYK.
        if (planes.Count == 4) Segment(file, 0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);
        Segment(file, 0xDB, [0, .. coded[0].Quantizer]);
        Segment(file, progressive ? (byte)0xC2 : (byte)0xC0,
        [
            8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, (byte)planes.Count,
            .. Enumerable.Range(1, planes.Count).SelectMany(c => new byte[] { (byte)c, 0x11, 0 }),
        ]);
        var blocks = (width + 7) / 8 * ((height + 7) / 8);
        for (var c = 0; c < coded.Length; c++)
        {
            var plane = coded[c];
            Segment(file, 0xC4, [0x00, .. plane.DcTable]);
            Segment(file, 0xC4, [0x10, .. plane.AcTable]);
            if (progressive)
            {
                var (dc, ac) = ProgressiveScans.Split(plane, blocks);
                Scan(file, c, 0, 0, dc);
                if (isDamaged && c == 0) Segment(file, 0xC4, [0x10, .. Enumerable.Repeat((byte)255, 16)]);
                Scan(file, c, 1, 63, ac);
            }
            else
            {
                Scan(file, c, 0, 63, plane.Entropy);
            }
        }
        return [.. file, 0xFF, 0xD9];
    }

    /// <summary>Puts an EXIF orientation behind the start of a JPEG.</summary>
    /// <param name="jpeg">The file.</param>
    /// <param name="orientation">1 to 8; 6 is "turned by a quarter".</param>
    public static byte[] Turned(byte[] jpeg, byte orientation)
    {
        var file = new List<byte> { 0xFF, 0xD8 };
        // A big-endian TIFF directory with the one entry 0x0112.
        Segment(file, 0xE1, [.. "Exif\0\0MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
        return [.. file, .. jpeg.AsSpan(2)];
    }

    private static void Segment(List<byte> file, byte marker, ReadOnlySpan<byte> content)
    {
        var length = content.Length + 2;
        file.AddRange([0xFF, marker, (byte)(length >> 8), (byte)length]);
        file.AddRange(content);
    }

    private static void Scan(List<byte> file, int component, byte from, byte to, byte[] entropy)
    {
        Segment(file, 0xDA, [1, (byte)(component + 1), 0x00, from, to, 0]);
        file.AddRange(entropy);
    }
}
