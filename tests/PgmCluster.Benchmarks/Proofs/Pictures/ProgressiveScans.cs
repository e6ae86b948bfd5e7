namespace PgmCluster.Benchmarks.Proofs.Pictures;

/// <summary>
/// Takes the blocks of a sequential scan apart into one with the means and one with the other coefficients, as a progressive JPEG has them
/// (ITU-T T.81, annex G): without successive approximation and runs of empty blocks, both are coded with the very same symbols.
/// </summary>
internal static class ProgressiveScans
{
    private const int Coefficients = 64, ZeroRun = 0xF0;

    /// <summary>Splits a plane's blocks.</summary>
    /// <param name="plane">The sequential scan with its tables.</param>
    /// <param name="blocks">How many there are.</param>
    public static (byte[] Dc, byte[] Ac) Split(GrayJpeg plane, int blocks)
    {
        var (dcCodes, acCodes) = (Codes(plane.DcTable), Codes(plane.AcTable));
        var input = new Reader(plane.Entropy);
        var (dc, ac) = (new Writer(), new Writer());
        for (var block = 0; block < blocks; block++)
        {
            var symbol = Copy(input, dc, dcCodes);
            CopyBits(input, dc, symbol);
            for (var k = 1; k < Coefficients; k++)
            {
                symbol = Copy(input, ac, acCodes);
                if (symbol == 0) break;
                k += symbol == ZeroRun ? 15 : symbol >> 4;
                CopyBits(input, ac, symbol & 15);
            }
        }
        return (dc.End(), ac.End());
    }

    private static int Copy(Reader input, Writer output, Dictionary<(int Length, int Code), byte> codes)
    {
        var code = 0;
        for (var length = 1; length <= 16; length++)
        {
            code = (code << 1) | input.Bit();
            if (!codes.TryGetValue((length, code), out var symbol)) continue;
            output.Bits(code, length);
            return symbol;
        }
        throw new InvalidOperationException("A code of the made JPEG is in none of its tables.");
    }

    private static void CopyBits(Reader input, Writer output, int count)
    {
        for (var i = 0; i < count; i++) output.Bits(input.Bit(), 1);
    }

    private static Dictionary<(int Length, int Code), byte> Codes(byte[] table)
    {
        var codes = new Dictionary<(int Length, int Code), byte>();
        var (code, next) = (0, 16);
        for (var length = 1; length <= 16; length++, code <<= 1)
            for (var i = 0; i < table[length - 1]; i++) codes.Add((length, code++), table[next++]);
        return codes;
    }

    private sealed class Reader(byte[] bytes)
    {
        private int _at, _left;

        public int Bit()
        {
            if (_left == 0)
            {
                // A zero stuffed behind 0xFF is no content.
                if (_at > 0 && bytes[_at - 1] == 0xFF) _at++;
                (_at, _left) = (_at + 1, 8);
            }
            return (bytes[_at - 1] >> --_left) & 1;
        }
    }

    private sealed class Writer
    {
        private readonly List<byte> _bytes = [];
        private int _byte, _count;

        public void Bits(int value, int count)
        {
            for (var i = count - 1; i >= 0; i--)
            {
                _byte = (_byte << 1) | ((value >> i) & 1);
                if (++_count < 8) continue;
                _bytes.Add((byte)_byte);
                if (_byte == 0xFF) _bytes.Add(0);
                (_byte, _count) = (0, 0);
            }
        }

        public byte[] End()
        {
            while (_count > 0) Bits(1, 1);
            return [.. _bytes];
        }
    }
}
