using System.Globalization;
using System.Runtime.InteropServices;
using PgmCluster.Benchmarks.Proofs.Pictures;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Benchmarks.Proofs.MillionEntries;

/// <summary>A folder of classes with very many entries, which are hard links to a few pictures.</summary>
internal sealed class LinkedFolder : IDisposable
{
    private const int Pictures = 10, MostLinks = 60_000;
    private readonly string _room;

    private LinkedFolder(string room) => _room = room;

    /// <summary>The directory of the classes.</summary>
    public string Location => Path.Combine(_room, "classes");

    /// <summary>Makes it; ext4 allows 65,000 links to a file, so that a picture is copied again now and then.</summary>
    /// <param name="room">Where.</param>
    /// <param name="entries">Pictures in all.</param>
    /// <param name="classes">Directories.</param>
    public static LinkedFolder Make(string room, int entries, int classes)
    {
        var folder = new LinkedFolder(Directory.CreateDirectory(Path.Combine(room, $"pgm-entries-{Environment.ProcessId}")).FullName);
        try
        {
            folder.Fill(entries, classes);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public void Dispose() => TemporaryFiles.Delete(_room);

    private void Fill(int entries, int classes)
    {
        var made = new MadePictures(Pictures * 20, seed: 1, broken: 0, brokenWithin: 0);
        var (originals, links) = (new string[Pictures], new int[Pictures]);
        for (var entry = 0; entry < entries; entry++)
        {
            // Classes of one size, but for a rest, as in ImageNet.
            var label = (int)((long)entry * classes / entries);
            var directory = Path.Combine(Location, string.Create(CultureInfo.InvariantCulture, $"n{label:00000000}"));
            if (entry == 0 || (int)((long)(entry - 1) * classes / entries) != label) Directory.CreateDirectory(directory);
            var picture = entry % Pictures;
            if (links[picture]++ % MostLinks == 0)
            {
                originals[picture] = Path.Combine(_room, $"{picture}-{links[picture]}.jpg");
                File.WriteAllBytes(originals[picture], made.Write(picture * 20));
            }
            var name = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"n{label:00000000}_{entry}.JPEG"));
            if (link(originals[picture], name) != 0)
                throw new IOException(
                    $"Linking {name}: {Marshal.GetLastPInvokeErrorMessage()}. Give a ROOM with as many inodes as there are ENTRIES.");
        }
    }

    [DllImport("libc", SetLastError = true, CharSet = CharSet.Ansi)]
    private static extern int link(string from, string to);
}
