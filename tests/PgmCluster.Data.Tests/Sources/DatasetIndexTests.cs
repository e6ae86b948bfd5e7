using System.Buffers.Binary;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Tests.Sources;

public class DatasetIndexTests
{
    private const int Side = 4, Count = 60;

    [Fact]
    public void Of_SamePicturesInThreeLayouts_DrawsTheSamePictures()
    {
        using var idx = Idx(Enumerable.Range(0, Count));
        using var shuffled = Idx(Enumerable.Range(0, Count).Select(i => i * 7 % Count));
        using var folder = Folder(i => $"{i % 3}/{i:000}.png");
        // Named in another order, classes too.
        using var renamed = Folder(i => $"{"cab"[i % 3]}/{Count - i:000}.png");

        var drawn = Pictures(idx);
        Assert.Equal(drawn, Pictures(shuffled));
        Assert.Equal(drawn, Pictures(folder));
        Assert.Equal(drawn, Pictures(renamed));
        Assert.NotEqual(Enumerable.Range(0, Count), drawn);
    }

    [Fact]
    public void Of_ClassesOfDifferentSize_EveryEndHoldsEachInItsShare()
    {
        int[] labels = [.. Enumerable.Repeat(0, 500), .. Enumerable.Repeat(1, 300), .. Enumerable.Repeat(2, 195),
            .. Enumerable.Repeat(3, 5)];
        var order = StratifiedOrder.Draw(labels, [.. Enumerable.Range(0, labels.Length).Select(i => (UInt128)(uint)(i * 2654435761))]);

        Assert.Equal(Enumerable.Range(0, labels.Length), order.Order());
        foreach (var held in new[] { 50, 100, 200 })
        {
            var counts = order[^held..].CountBy(i => labels[i]).ToDictionary();
            for (var label = 0; label < 3; label++)
                Assert.InRange(
                    counts[label], (held * labels.Count(l => l == label) / (double)labels.Length) - 1,
                    (held * labels.Count(l => l == label) / (double)labels.Length) + 1);
            Assert.Contains(order[..^held], i => labels[i] == 3);
        }
    }

    [Fact]
    public void Of_OnePictureOfAClass_IsTrainedOn()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        Assert.Contains(9, StratifiedOrder.Draw(labels, [.. Enumerable.Range(0, 10).Select(i => (UInt128)i)])[..8]);
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        using var folder = Folder(i => $"{i % 3}/{i:000} \u00e4.png");
        using var source = ImageSources.Open(folder.Path);
        var index = DatasetIndex.Of(source);
        using (var file = File.Create(folder.File("index.safetensors"))) index.WriteTo(file);

        var read = DatasetIndex.Read(folder.File("index.safetensors"));

        Assert.Equal(index.Order, read.Order);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => source.Identify()[i].Name), read.Names);
        Assert.Equal(source.Identify()[17].Stored, read.Stored(17).ToArray());
    }

    [Fact]
    public void Require_FolderChanged_IsRefusedAndNamesTheFile()
    {
        using var folder = Folder(i => $"{i % 3}/{i:000}.png");
        var (index, hash) = Register(folder);

        Use(folder, index, hash);
        folder.Write("1/late.png", PngWriter.Encode(Picture(99)));
        Assert.Contains("1/late.png came since", Refusal(folder, index, hash));
        File.Delete(folder.File("1/late.png"));
        File.Move(folder.File("0/003.png"), folder.File("0/004.png"));
        Assert.Contains("0/004.png came, and 0/003.png went since", Refusal(folder, index, hash));
        File.Move(folder.File("0/004.png"), folder.File("0/003.png"));
        folder.Write("0/003.png", PngWriter.Encode(Picture(99)));
        Assert.Contains("0/003.png is another picture than when", Refusal(folder, index, hash));
        folder.Write("0/003.png", PngWriter.Encode(Picture(3)));
        Use(folder, index, hash);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Require_IdxChangedOrFolderWithoutIndex_IsRefused(bool isIdx)
    {
        using var directory = isIdx ? Idx(Enumerable.Range(0, Count)) : Folder(i => $"{i % 3}/{i:000}.png");
        var (index, hash) = Register(directory);

        Use(directory, isIdx ? index : null, hash);
        if (isIdx) WriteIdx(directory, Enumerable.Range(0, Count).Select(i => i == 5 ? 99 : i));
        else directory.Write("0/003.png", PngWriter.Encode(Picture(99)));
        Assert.Contains(isIdx ? "train-images-idx3-ubyte" : "other pictures", Refusal(directory, isIdx ? index : null, hash));
    }

    [Fact]
    public void Identify_BrokenPictures_AllAreNamed()
    {
        using var folder = Folder(i => $"{i % 3}/{i:000}.png");
        var bytes = File.ReadAllBytes(folder.File("0/003.png"));
        foreach (var name in new[] { "0/003.png", "2/005.png" }) folder.Write(name, bytes[..^20]);

        using var source = ImageSources.Open(folder.Path);
        var message = Assert.Throws<BadInputException>(() => source.Identify()).Message;
        Assert.Contains("0/003.png", message);
        Assert.Contains("2/005.png", message);
        Assert.DoesNotContain('\n', message);
    }

    private static (DatasetIndex Index, string Hash) Register(TemporaryDirectory directory)
    {
        using var source = ImageSources.Open(directory.Path);
        return (DatasetIndex.Of(source), source.ContentSha256());
    }

    private static void Use(TemporaryDirectory directory, DatasetIndex? index, string hash)
    {
        using var source = ImageSources.Open(directory.Path);
        source.Require(index, hash);
        for (var i = 0; i < source.Count; i++) source.Read(i);
    }

    private static string Refusal(TemporaryDirectory directory, DatasetIndex? index, string hash) =>
        Assert.Throws<BadInputException>(() => Use(directory, index, hash)).Message;

    /// <summary>By position the number of the picture that is there.</summary>
    private static int[] Pictures(TemporaryDirectory directory)
    {
        using var source = ImageSources.Open(directory.Path);
        return [.. DatasetIndex.Of(source).Order.Select(i => (int)source.Read(i).Pixels[0])];
    }

    private static RgbImage Picture(int number)
    {
        var image = new RgbImage(Side, Side);
        Array.Fill(image.Pixels, (byte)number);
        return image;
    }

    private static TemporaryDirectory Folder(Func<int, string> name)
    {
        var directory = new TemporaryDirectory();
        for (var i = 0; i < Count; i++) directory.Write(name(i), PngWriter.Encode(Picture(i)));
        return directory;
    }

    private static TemporaryDirectory Idx(IEnumerable<int> numbers)
    {
        var directory = new TemporaryDirectory();
        WriteIdx(directory, numbers);
        return directory;
    }

    private static void WriteIdx(TemporaryDirectory directory, IEnumerable<int> numbers)
    {
        var listed = numbers.ToArray();
        directory.Write(
            "train-images-idx3-ubyte",
            [.. Header(0x803, listed.Length, Side, Side), .. listed.SelectMany(n => Enumerable.Repeat((byte)n, Side * Side))]);
        directory.Write("train-labels-idx1-ubyte", [.. Header(0x801, listed.Length), .. listed.Select(n => (byte)(n % 3))]);
    }

    private static byte[] Header(params int[] words)
    {
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }
}
