using System.Text;

namespace PgmCluster.Data.Tests.Manifests;

public class ManifestTests
{
    private const int Count = 60;

    [Fact]
    public async Task Register_SamePicturesInEveryLayout_HaveOneHashAndOneDraw()
    {
        using var idx = Layouts.Idx(Enumerable.Range(0, Count));
        using var packed = Layouts.Idx(Enumerable.Range(0, Count).Select(i => i * 7 % Count), gzip: true);
        using var folder = Layouts.Folder(Count, i => $"{i % 3}/{i:000}.png");
        // Named in another order, classes too.
        using var renamed = Layouts.Folder(Count, i => $"{"abc"[i % 3]}/deep/{Count - i:000}.png");
        using var archives = new TemporaryDirectory();
        archives.Write("a.tar", Layouts.Tar(Enumerable.Range(0, Count / 2)));
        archives.Write("b.tar.gz", Formats.Shards.Gzip(Layouts.Tar(Enumerable.Range(Count / 2, Count / 2))));

        using var first = await Registration.Of(idx.Path, validation: 12);
        Assert.Equal([("train", 0, 48), ("validation", 48, 12)], first.Manifest.Splits.Select(s => (s.Name, s.Start, s.Count)));
        Assert.Equal([4, 4, 4], first.Manifest.Splits[1].ImagesByClass);
        Assert.NotEqual(Enumerable.Range(0, Count), first.Order);
        foreach (var directory in new[] { packed, folder, renamed, archives })
        {
            using var other = await Registration.Of(directory.Path, validation: 12);
            Assert.Equal(first.Manifest.ContentSha256, other.Manifest.ContentSha256);
            Assert.Equal(first.Split("train"), other.Split("train"));
            Assert.Equal(first.Split("validation"), other.Split("validation"));
        }
    }

    [Fact]
    public async Task Register_OtherPicture_IsOtherContent()
    {
        using var directory = Layouts.Folder(6, i => $"{i % 3}/{i}.png");
        using var before = await Registration.Of(directory.Path);
        directory.Write("0/3.png", Layouts.Png(99));
        using var after = await Registration.Of(directory.Path);
        Assert.NotEqual(before.Manifest.ContentSha256, after.Manifest.ContentSha256);
    }

    [Fact]
    public async Task Read_FileChangedOrGone_IsNamedAndWhatCameLaterIsNoPartOfIt()
    {
        using var directory = Layouts.Folder(6, i => $"{i % 3}/{i}.png");
        using var registered = await Registration.Of(directory.Path);

        directory.Write("0/0.png", Layouts.Png(99));
        Assert.Contains("0/0.png: the file has changed since it was registered", Refusal(registered), StringComparison.Ordinal);
        File.Delete(directory.File("0/0.png"));
        Assert.Contains("0/0.png", Refusal(registered), StringComparison.Ordinal);
        directory.Write("0/0.png", Layouts.Png(0));
        directory.Write("0/late.png", Layouts.Png(7));
        Assert.Equal(6, registered.Split("train").Count);
    }

    [Fact]
    public async Task Register_SplitsOfTheSource_AreTakenAndOnlyDrawnAnewWhereANumberIsAsked()
    {
        using var directory = Layouts.Idx(Enumerable.Range(0, 20));
        Layouts.WriteIdx(directory, Enumerable.Range(20, 10), "t10k");

        using var own = await Registration.Of(directory.Path, share: 0.1);
        using var drawn = await Registration.Of(directory.Path, validation: 4);

        Assert.Null(own.Manifest.Order);
        Assert.Equal([("train", 0, 20), ("validation", 20, 10)], own.Manifest.Splits.Select(s => (s.Name, s.Start, s.Count)));
        Assert.Equal(Enumerable.Range(20, 10).Select(i => (i, i % 3)), own.Split("validation"));
        Assert.Equal([("train", 0, 26), ("validation", 26, 4)], drawn.Manifest.Splits.Select(s => (s.Name, s.Start, s.Count)));
        Assert.Contains("the source's own splits (train 20, validation 10) are drawn anew", Assert.Single(drawn.Manifest.Remarks));
    }

    [Fact]
    public async Task Register_SplitsWithoutOneToTrainOn_StayAsTheyAreUnlessDrawn()
    {
        using var directory = Layouts.Folder(9, i => $"{(i < 6 ? "val" : "test")}/{i % 3}/{i}.png");

        using var own = await Registration.Of(directory.Path);
        using var drawn = await Registration.Of(directory.Path, validation: 2);
        using var shared = await Registration.Of(directory.Path, share: 0.5);

        Assert.Equal([("validation", 6), ("test", 3)], own.Manifest.Splits.Select(s => (s.Name, s.Count)));
        Assert.Null(own.Manifest.Order);
        Assert.Contains("no split to train on (validation 6, test 3): --validation N", Assert.Single(own.Manifest.Remarks));
        Assert.Equal(
            [("train", 4), ("validation", 2), ("test", 3)], drawn.Manifest.Splits.Select(s => (s.Name, s.Count)));
        Assert.Equal([6, 7, 8], drawn.Split("test").Select(p => p.Red).Order());
        Assert.Contains("drawn from validation 6", Assert.Single(drawn.Manifest.Remarks));
        Assert.Equal([3, 3, 3], shared.Manifest.Splits.Select(s => s.Count));
    }

    [Fact]
    public async Task Register_OnlyPicturesToTestOn_AreThatSplit()
    {
        using var directory = Layouts.Folder(4, i => $"test/{i % 2}/{i}.png");

        using var own = await Registration.Of(directory.Path);
        using var drawn = await Registration.Of(directory.Path, validation: 1);

        Assert.Equal([("test", 4)], own.Manifest.Splits.Select(s => (s.Name, s.Count)));
        Assert.Equal([("train", 3), ("validation", 1)], drawn.Manifest.Splits.Select(s => (s.Name, s.Count)));
    }

    [Fact]
    public async Task Register_PicturesToTestOnAndOthers_DrawsFromThoseToTestOn()
    {
        using var directory = Layouts.Folder(6, i => $"{i}.png");
        directory.Write("metadata.csv", Encoding.UTF8.GetBytes(
            "file_name,label,split\n" + string.Concat(Enumerable.Range(0, 6).Select(i => $"{i}.png,{i % 2},{(i < 4 ? "test" : "extra")}\n"))));

        using var drawn = await Registration.Of(directory.Path, validation: 1);

        Assert.Equal([0, 1, 2, 3], [.. drawn.Split("train").Concat(drawn.Split("validation")).Select(p => p.Red).Order()]);
    }

    [Fact]
    public async Task Register_UnlabelledPartOfStl10_IsASplitBehindTheOthers()
    {
        using var directory = new TemporaryDirectory();
        var picture = new byte[27648];
        directory.Write("train_X.bin", [.. picture, .. picture.Select(_ => (byte)5)]);
        directory.Write("train_y.bin", [1, 2]);
        directory.Write("unlabeled_X.bin", [.. picture.Select(_ => (byte)7)]);

        using var registered = await Registration.Of(directory.Path, validation: 1);

        Assert.Equal([("train", 1), ("validation", 1), ("unlabeled", 1)], registered.Manifest.Splits.Select(s => (s.Name, s.Count)));
        Assert.Equal([(7, -1)], registered.Split("unlabeled"));
    }

    [Fact]
    public async Task Register_PicturesWithoutAnyLabel_AreOneClassAndSomeWithoutAreRefused()
    {
        using var directory = new TemporaryDirectory();
        for (var i = 0; i < 3; i++) directory.Write($"{i}.png", Layouts.Png(i));
        directory.Write("metadata.csv", "file_name\n0.png\n1.png\n2.png\n"u8.ToArray());
        using (var registered = await Registration.Of(directory.Path))
            Assert.Equal(
                ("unlabelled", 3), (Assert.Single(registered.Manifest.Classes), registered.Split("train").Count(p => p.Label == 0)));

        directory.Write("metadata.csv", "file_name,label\n0.png,cat\n1.png,\n2.png,dog\n"u8.ToArray());
        var error = await Assert.ThrowsAsync<BadInputException>(() => Registration.Of(directory.Path));
        Assert.Contains("1 of the 3 pictures for training and validation have no label, such as 1.png", error.Message);
    }

    [Fact]
    public async Task Register_UnreadablePictures_AreAllNamedOrLeftOut()
    {
        using var directory = Layouts.Folder(6, i => $"{i % 3}/{i}.png");
        directory.Write("0/cut.png", Layouts.Png(1)[..40]);
        directory.Write("only-bad/page.jpg", "<!DOCTYPE html>"u8.ToArray());

        var error = await Assert.ThrowsAsync<BadInputException>(() => Registration.Of(directory.Path, skip: 1));
        using var registered = await Registration.Of(directory.Path, skip: 2);

        Assert.Contains("2 of 8 pictures cannot be read: 0/cut.png (the data are truncated", error.Message);
        Assert.Contains("only-bad/page.jpg (it is no JPEG", error.Message);
        Assert.EndsWith("--bad-images skip:2.", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(["0/cut.png", "only-bad/page.jpg"], registered.Manifest.Unreadable.Select(u => u.Key));
        Assert.Equal([2, 2, 2, 0], registered.Manifest.Splits[0].ImagesByClass);
        Assert.Equal("only-bad", registered.Manifest.Classes[3]);
    }

    [Fact]
    public async Task Read_GzippedPicturesBeyondTheMemory_AreRefusedWithTheWayOut()
    {
        using var directory = Layouts.Idx(Enumerable.Range(0, 30), gzip: true);
        using var registered = await Registration.Of(directory.Path);

        Assert.Equal(3, registered.Pictures(memory: 480).Read(3).Pixels[0]);
        var error = Assert.Throws<BadInputException>(() => registered.Pictures(memory: 479).Read(3));
        Assert.Contains("Unpack it with gunzip", error.Message);
    }

    /// <summary>Four archives of which each would fit: as where a work item wants some pictures of all of them.</summary>
    [Fact]
    public async Task Read_GzippedArchivesThatTogetherAreBeyondTheMemory_AreRefused()
    {
        using var directory = Archives();
        using var registered = await Registration.Of(directory.Path);
        var pictures = registered.Pictures(memory: BytesOf(2) + 50);

        Assert.Equal([0, 30], [.. new[] { 0, 30 }.Select(i => (int)pictures.Read(i).Pixels[0])]);
        var error = Assert.Throws<BadInputException>(() => pictures.Read(60));

        Assert.Contains("c.tar.gz: it cannot be read from the middle, and the 30 pictures wanted of it have", error.Message);
        Assert.Contains($"with the {BytesOf(2)} of other files", error.Message);
    }

    [Fact]
    public async Task Read_GzippedArchivesOneAfterTheOther_NeedRoomForOneOnly()
    {
        using var directory = Archives();
        using var registered = await Registration.Of(directory.Path);
        var pictures = registered.Pictures(memory: BytesOf(1) + 50);

        // Some are asked for a little out of order, as by several threads; and all of it again, as in a second epoch.
        int[] order = [.. Enumerable.Range(0, 29), 30, 29, .. Enumerable.Range(31, 89)];
        foreach (var picture in order.Concat(Enumerable.Range(0, 120))) Assert.Equal(picture, pictures.Read(picture).Pixels[0]);
    }

    [Fact]
    public async Task Register_PicturesThatChangedTheirSplits_AreOtherSplits()
    {
        using var before = Layouts.Folder(8, i => $"{(i < 6 ? "train" : "val")}/{i % 3}/{i}.png");
        using var after = Layouts.Folder(8, i => $"{(i is > 0 and < 7 ? "train" : "val")}/{i % 3}/{i}.png");
        using var known = await Registration.Of(before.Path);
        using var swapped = await Registration.Of(after.Path);
        Assert.Equal(known.Manifest.ContentSha256, swapped.Manifest.ContentSha256);
        Assert.Equal(known.Manifest.Splits.Select(s => (s.Name, s.Count)), swapped.Manifest.Splits.Select(s => (s.Name, s.Count)));

        var error = Assert.Throws<BadInputException>(
            () => swapped.Manifest.RequireSuccessorOf(known.Manifest, "shoes", before.Path, before.Path));

        Assert.Contains("it is registered with other pictures in train and validation", error.Message);
        known.Manifest.RequireSuccessorOf(known.Manifest, "shoes", before.Path, after.Path);
    }

    [Fact]
    public async Task Register_WhatArchivesLeaveOut_IsCountedWithTheFilesBesideThem()
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in new[] { "a.tar", "b.tar" })
            directory.Write(name, Formats.TarScannerTests.Archive(
                System.Formats.Tar.TarEntryFormat.Ustar, ("0.png", Layouts.Png(name[0])), ("1.gif", [1])));
        directory.Write("notes.gif", [1]);

        using var registered = await Registration.Of(directory.Path);

        Assert.Equal([(".gif", 3)], registered.Manifest.LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Fact]
    public async Task Register_OneArchive_IsADataset()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("mine.tar", Layouts.Tar(Enumerable.Range(0, 5)));
        directory.Write("other.tar", [1, 2, 3]);

        using var registered = await Registration.Of(directory.File("mine.tar"));

        Assert.Equal(("webdataset", 5), (registered.Manifest.Format, registered.Split("train").Count));
    }

    [Theory]
    [InlineData("4x4", "0/0.png")]
    [InlineData("width 4 to 40, height 4 to 9; shorter side 4 to 7: 1, 8 to 15: 1", "0/0.png", "0/wide.png")]
    public async Task Register_Sizes_AreSaid(string expected, params string[] names)
    {
        using var directory = new TemporaryDirectory();
        foreach (var name in names)
            directory.Write(name, name.Contains("wide") ? Formats.Shards.Png(1, width: 40, height: 9) : Layouts.Png(1));
        using var registered = await Registration.Of(directory.Path);
        Assert.Equal(expected, registered.Manifest.Sizes.ToString());
    }

    private static string Refusal(Registration registered) =>
        Assert.Throws<BadInputException>(() => registered.Split("train")).Message;

    private static TemporaryDirectory Archives()
    {
        var directory = new TemporaryDirectory();
        for (var archive = 0; archive < 4; archive++)
            directory.Write($"{(char)('a' + archive)}.tar.gz", Formats.Shards.Gzip(Layouts.Tar(Enumerable.Range(30 * archive, 30))));
        return directory;
    }

    /// <summary>Bytes of the pictures of some of <see cref="Archives"/>, counted from the first.</summary>
    private static int BytesOf(int archives) => Enumerable.Range(0, 30 * archives).Sum(i => Layouts.Png(i).Length);
}
