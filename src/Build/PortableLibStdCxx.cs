using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies libLibTorchSharp.so with its one reference to GLIBCXX_3.4.32 (GCC 13) made harmless, so that it loads on Debian 12 as well.
///
/// The library imports a single symbol of that version, std::ios_base_library_init(), which only makes sure that the
/// iostreams are constructed. libtorch's own libraries, loaded before it, have done that already. The import is
/// therefore pointed at a symbol the library imports anyway (steady_clock::now, free of side effects), and the version
/// requirement is marked weak, which tells the dynamic loader to go on without it. The file keeps its size and layout.
/// </summary>
public class PortableLibStdCxx : Task
{
    private const string Missing = "_ZSt21ios_base_library_initv";
    private const string StandIn = "_ZNSt6chrono3_V212steady_clock3nowEv";
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const uint DynamicSymbols = 11, SymbolVersions = 0x6fffffff, NeededVersions = 0x6ffffffe;
    private const int SymbolSize = 24;

    [Required] public string Source { get; set; }

    /// <summary>Names source and task by its path, so what is there is right.</summary>
    [Required] public string Destination { get; set; }

    public override bool Execute()
    {
        if (File.Exists(Destination)) return true;

        var image = File.ReadAllBytes(Source);
        var sections = Sections(image);
        var symbols = sections.First(s => s.Type == DynamicSymbols);
        var versions = sections.First(s => s.Type == SymbolVersions);
        var needed = sections.First(s => s.Type == NeededVersions);
        var symbolNames = sections[symbols.Link];
        var versionNames = sections[needed.Link];

        int missing = -1, standIn = -1;
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            var name = Text(image, symbolNames.Offset + (int)BitConverter.ToUInt32(image, symbols.Offset + i * SymbolSize));
            if (name == Missing) missing = i;
            if (name == StandIn) standIn = i;
        }
        if (missing >= 0)
        {
            if (standIn < 0)
            {
                Log.LogError(
                    "Preparing libLibTorchSharp.so: the symbol {0} was not found in {1}. "
                    + "This TorchSharp version needs a new look at src/Build/PortableLibStdCxx.cs.", StandIn, Source);
                return false;
            }
            Array.Copy(image, symbols.Offset + standIn * SymbolSize, image, symbols.Offset + missing * SymbolSize, 4);
            Array.Copy(image, versions.Offset + standIn * 2, image, versions.Offset + missing * 2, 2);
            MarkWeak(image, needed, versionNames);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        var temporary = Destination + "." + System.Diagnostics.Process.GetCurrentProcess().Id + ".tmp";
        File.WriteAllBytes(temporary, image);
        if (File.Exists(Destination)) File.Delete(Destination);
        File.Move(temporary, Destination);
        return true;
    }

    /// <summary>Sets VER_FLG_WEAK on the vernaux entry of <see cref="MissingVersion"/>.</summary>
    private static void MarkWeak(byte[] image, Section needed, Section names)
    {
        for (var file = needed.Offset; ;)
        {
            var count = BitConverter.ToUInt16(image, file + 2);
            var entry = file + (int)BitConverter.ToUInt32(image, file + 8);
            for (var i = 0; i < count; i++)
            {
                var name = Text(image, names.Offset + (int)BitConverter.ToUInt32(image, entry + 8));
                if (name == MissingVersion) image[entry + 4] |= 2;
                entry += (int)BitConverter.ToUInt32(image, entry + 12);
            }
            var next = (int)BitConverter.ToUInt32(image, file + 12);
            if (next == 0) return;
            file += next;
        }
    }

    private static List<Section> Sections(byte[] image)
    {
        if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[2] != 'L' || image[3] != 'F' || image[4] != 2)
            throw new InvalidDataException(
                "Preparing libLibTorchSharp.so: the file in the TorchSharp package is not a 64-bit ELF library. "
                + "Clear the NuGet cache and restore again.");
        var table = (int)BitConverter.ToUInt64(image, 40);
        var size = BitConverter.ToUInt16(image, 58);
        var count = BitConverter.ToUInt16(image, 60);
        return Enumerable.Range(0, count).Select(i => new Section
        {
            Type = BitConverter.ToUInt32(image, table + i * size + 4),
            Offset = (int)BitConverter.ToUInt64(image, table + i * size + 24),
            Size = (int)BitConverter.ToUInt64(image, table + i * size + 32),
            Link = (int)BitConverter.ToUInt32(image, table + i * size + 40),
        }).ToList();
    }

    private static string Text(byte[] image, int offset)
    {
        var end = Array.IndexOf(image, (byte)0, offset);
        return Encoding.ASCII.GetString(image, offset, end - offset);
    }

    private class Section
    {
        public uint Type;
        public int Offset, Size, Link;
    }
}
