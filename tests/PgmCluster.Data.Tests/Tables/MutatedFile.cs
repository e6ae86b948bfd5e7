namespace PgmCluster.Data.Tests.Tables;

/// <summary>A file with a few of its bytes changed, cut, doubled or turned into large numbers, as a seed says.</summary>
internal static class MutatedFile
{
    public static byte[] Of(byte[] whole, int seed)
    {
        var random = new Random(seed);
        var bytes = whole.ToArray();
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            // Half of them where the description is: at the file's end.
            var at = random.Next(2) == 0
                ? random.Next(bytes.Length)
                : Math.Max(0, bytes.Length - 1 - random.Next(Math.Min(600, bytes.Length)));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill((byte)(random.Next(2) == 0 ? 0xFF : 0x7F));
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 60))..]];
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[at..Math.Min(bytes.Length, at + random.Next(1, 60))], .. bytes[at..]];
                    break;
            }
            if (bytes.Length == 0) return bytes;
        }
        return bytes;
    }
}
