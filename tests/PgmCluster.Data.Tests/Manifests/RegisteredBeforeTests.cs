using System.Security.Cryptography;
using System.Text;
using PgmCluster.Data.Manifests;
using PgmCluster.Data.Safetensors;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Tests.Manifests;

/// <summary>Records of versions that had no manifests: hashes and index files are made here as those made them.</summary>
public class RegisteredBeforeTests
{
    private const int Count = 12;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_IdxOfBefore_GivesItsPicturesUntilItChanges(bool gzip)
    {
        int[] train = [.. Enumerable.Range(0, Count)], more = [50, 51];
        using var directory = Layouts.Idx(train, gzip: gzip);
        Layouts.WriteIdx(directory, more, "t10k");
        var hash = Hex([.. Layouts.Images(train), .. Layouts.Labels(train), .. Layouts.Images(more), .. Layouts.Labels(more)]);

        var pictures = Open(directory, null, hash);

        Assert.Equal([5, 51], new[] { 5, Count + 1 }.Select(i => (int)pictures.Read(i).Pixels[0]));
        Assert.Equal([2, 0], new[] { 5, Count + 1 }.Select(pictures.Label));
        Layouts.WriteIdx(directory, more.Select(m => m + 1), "t10k");
        Assert.Contains(
            "t10k-labels-idx1-ubyte are not what they were", Assert.Throws<BadInputException>(() => Open(directory, null, hash)).Message);
    }

    [Fact]
    public void Open_FolderWithIndex_NamesWhatCameWentOrChanged()
    {
        using var directory = Folder();
        var index = Index(directory);
        void Use()
        {
            var pictures = Open(directory, index, "not looked at");
            for (var i = 0; i < Count; i++) Assert.Equal((i % 4 * 3 + i / 4, i / 4), ((int)pictures.Read(i).Pixels[0], pictures.Label(i)));
        }

        Use();
        directory.Write("1/late.png", Layouts.Png(99));
        Assert.Contains("1/late.png came since", Assert.Throws<BadInputException>(Use).Message);
        File.Delete(directory.File("1/late.png"));
        File.Move(directory.File("0/003.png"), directory.File("0/004.png"));
        Assert.Contains("0/004.png came, and 0/003.png went since", Assert.Throws<BadInputException>(Use).Message);
        File.Move(directory.File("0/004.png"), directory.File("0/003.png"));
        directory.Write("0/003.png", Layouts.Png(99));
        Assert.Contains("0/003.png: the file has changed", Assert.Throws<BadInputException>(Use).Message);
        directory.Write("0/003.png", Layouts.Png(3));
        Use();
    }

    [Fact]
    public void Open_FolderWithoutIndex_IsComparedWhole()
    {
        using var directory = Folder();
        var names = Names(directory);
        var hash = Hex(Encoding.UTF8.GetBytes(string.Concat(names.Select(n => File.ReadAllBytes(directory.File(n))).Zip(
            names, (bytes, name) => $"{name}\0{bytes.Length}\0{Hex(bytes)}\n"))));

        Assert.Equal(3, Open(directory, null, hash).Read(1).Pixels[0]);
        directory.Write("0/003.png", Layouts.Png(99));
        Assert.Contains("other pictures", Assert.Throws<BadInputException>(() => Open(directory, null, hash)).Message);
    }

    private static TemporaryDirectory Folder() => Layouts.Folder(Count, i => $"{i % 3}/{i:000}.png");

    private static RegisteredPictures Open(TemporaryDirectory directory, DatasetIndex? index, string hash) =>
        RegisteredBefore.Open(directory.Path, index, hash, whole: false, wanted: null, memory: 1 << 20);

    private static List<string> Names(TemporaryDirectory directory) =>
        [.. Directory.EnumerateFiles(directory.Path, "*.png", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(directory.Path, f)).Order(StringComparer.Ordinal)];

    private static DatasetIndex Index(TemporaryDirectory directory)
    {
        var names = Names(directory);
        var writer = new SafetensorsWriter();
        writer.Metadata["draw"] = "1";
        writer.Add<int>("order", [names.Count], Enumerable.Range(0, names.Count).ToArray());
        var text = Encoding.UTF8.GetBytes(string.Join('\0', names));
        writer.Add<byte>("names", [text.Length], text);
        writer.Add<byte>(
            "sha256", [names.Count, 32], names.SelectMany(n => SHA256.HashData(File.ReadAllBytes(directory.File(n)))).ToArray());
        using (var file = File.Create(directory.File("index.safetensors"))) writer.WriteTo(file);
        var read = DatasetIndex.Read(directory.File("index.safetensors"));
        File.Delete(directory.File("index.safetensors"));
        return read;
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
