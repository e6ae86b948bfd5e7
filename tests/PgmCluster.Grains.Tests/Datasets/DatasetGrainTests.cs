using System.Buffers.Binary;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Datasets;

public class DatasetGrainTests : ClusterTest
{
    private IDatasetGrain Dataset(string name) => Cluster.Grains.GetGrain<IDatasetGrain>(name);

    [Fact]
    public async Task Register_IdxFiles_RecordsSplitsAndHash()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Cluster.Root, "idx")).FullName;
        WriteIdx(Path.Combine(directory, "train-images-idx3-ubyte"), [10, 4, 4], 160);
        WriteIdx(Path.Combine(directory, "train-labels-idx1-ubyte"), [10], 10);

        var info = await Dataset("digits").Register(new DatasetRequest { Location = directory, ValidationImages = 3 });

        Assert.Equal(("idx", 10, 64), (info.SourceKind, info.Images, info.ContentSha256.Length));
        Assert.Equal([new DatasetSplitInfo("train", 0, 7), new DatasetSplitInfo("validation", 7, 3)], info.Splits);
        Assert.Equal(info.ContentSha256, (await Dataset("digits").Get()).ContentSha256);
        Assert.Equal("digits", Assert.Single(await Cluster.Grains.GetGrain<ICatalogGrain>("datasets").List()).Name);
    }

    [Fact]
    public async Task Register_SameAgainOrOther_SucceedsOrIsRefused()
    {
        var first = await Cluster.Register();
        Assert.Equal(first.RegisteredAt, (await Cluster.Register()).RegisteredAt);
        Assert.Contains("other content", (await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Register(images: 31))).Message);
        Assert.Contains("other splits", (await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Register(validation: 5))).Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(30)]
    public async Task Register_ValidationImagesOutOfRange_IsRefused(int validation)
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Register("shoes", 30, validation));
        Assert.Contains("Give 0 to 29", e.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Dataset("shoes").Get());
    }

    [Fact]
    public async Task Register_OnlyPicturesHeldOut_NothingIsTrainedOnThemUnlessAsked()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Cluster.Root, "t10k")).FullName;
        WriteIdx(Path.Combine(directory, "t10k-images-idx3-ubyte"), [10, 4, 4], 160);
        WriteIdx(Path.Combine(directory, "t10k-labels-idx1-ubyte"), [10], 10);

        var own = await Dataset("shoes").Register(new DatasetRequest { Location = directory });
        var drawn = await Dataset("drawn").Register(new DatasetRequest { Location = directory, ValidationImages = 3 });

        Assert.Equal([new DatasetSplitInfo("validation", 0, 10)], own.Splits);
        Assert.Equal([new DatasetSplitInfo("train", 0, 7), new DatasetSplitInfo("validation", 7, 3)], drawn.Splits);
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() => Cluster.Run("run").Start(GrainCluster.Request()));
        Assert.Contains("'shoes' has no split 'train'. It has: validation 10. Add it under another name with --validation N", refusal.Message);
        await Cluster.Run("other").Start(GrainCluster.Request() with { Dataset = "drawn" });
        Assert.Equal(7, (await Work.Next()).Read<TrainWork>().Images!.Count);
    }

    [Fact]
    public async Task Register_FilesInTheOrderOfTheirClasses_EverySplitHasEveryClassInItsShare()
    {
        var directory = Directory.CreateDirectory(Path.Combine(Cluster.Root, "sorted")).FullName;
        WriteIdx(
            Path.Combine(directory, "train-images-idx3-ubyte"), [300, 2, 2], Enumerable.Range(0, 1200).Select(i => (byte)(i / 4 % 251)));
        WriteIdx(
            Path.Combine(directory, "train-labels-idx1-ubyte"), [300],
            Enumerable.Range(0, 300).Select(i => (byte)(i < 200 ? 0 : i < 297 ? 1 : 2)));

        var info = await Dataset("sorted").Register(new DatasetRequest { Location = directory, ValidationShare = 0.1 });

        Assert.Equal([new DatasetSplitInfo("train", 0, 270), new DatasetSplitInfo("validation", 270, 30)], info.Splits);
        Assert.Equal([180, 87, 3], info.TrainingImagesByClass!);
        Assert.Equal([20, 10, 0], info.ValidationImagesByClass!);
        var index = PgmCluster.Data.Sources.DatasetIndex.Read(Path.Combine(Cluster.Root, "artifacts", info.Index!.Name));
        Assert.Equal(20, index.Order.Skip(270).Count(i => i < 200));
    }

    [Theory]
    [InlineData(30, 0.1, 3)]
    [InlineData(796, 0.1, 80)]
    [InlineData(5, 0.1, 2)]
    public async Task Register_Share_HoldsOutThatShareAndAtLeastTwo(int images, double share, int held)
    {
        var info = await Dataset("shoes").Register(new DatasetRequest { Location = $"fake:{images}", ValidationShare = share });
        Assert.Equal(
            [new DatasetSplitInfo("train", 0, images - held), new DatasetSplitInfo("validation", images - held, held)], info.Splits);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public async Task Register_ShareOutOfRange_IsRefused(double share)
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Dataset("shoes").Register(new DatasetRequest { Location = "fake:30", ValidationShare = share }));
        Assert.Contains("above 0 and below 1", e.Message);
    }

    [Fact]
    public async Task Register_DatasetOfBeforeThereWereDraws_KeepsItsSplit()
    {
        await using var cluster = await GrainCluster.Start();
        Directory.CreateDirectory(Path.Combine(cluster.Root, "state"));
        var known = await cluster.Register();
        var path = Directory.EnumerateFiles(Path.Combine(cluster.Root, "state"), "dataset-*").Single();
        var stored = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var member in new[] { "index", "trainingImagesByClass", "validationImagesByClass", "manifest" })
            Assert.True(stored["state"]!["info"]!.AsObject().Remove(member));
        await using var later = await GrainCluster.Start(directory: Path.Combine(cluster.Root, "later"));
        Directory.CreateDirectory(Path.Combine(later.Root, "state"));
        File.WriteAllText(Path.Combine(later.Root, "state", Path.GetFileName(path)), stored.ToJsonString());

        var info = await later.Register();

        Assert.Null(info.Index);
        Assert.Equal(known.Splits, info.Splits);
        Assert.Equal(
            (info.Splits.Count, info.RegisteredAt),
            Facts(
                await later.Grains.GetGrain<IDatasetGrain>("shoes").Register(
                    new DatasetRequest { Location = "fake:30", ValidationShare = 0.5 })));
        static (int, DateTimeOffset) Facts(DatasetInfo i) => (i.Splits.Count, i.RegisteredAt);
    }

    [Fact]
    public async Task Register_MissingDirectory_IsRefusedInTheReadersWords()
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Dataset("x").Register(new DatasetRequest { Location = "/no/such/place" }));
        Assert.Contains("/no/such/place", e.Message);
    }

    [Fact]
    public async Task Register_UnexpectedException_CrossesTheWireAsOneLine()
    {
        var e = await Assert.ThrowsAsync<PgmException>(() => Dataset("x").Register(new DatasetRequest { Location = "broken" }));
        Assert.Contains("first line", e.Message);
        Assert.DoesNotContain("second line", e.Message);
    }

    private static void WriteIdx(string path, int[] shape, int bytes) =>
        WriteIdx(path, shape, Enumerable.Range(0, bytes).Select(i => (byte)(i % 10)));

    private static void WriteIdx(string path, int[] shape, IEnumerable<byte> bytes)
    {
        var header = new byte[4 + (4 * shape.Length)];
        header[2] = 8;
        header[3] = (byte)shape.Length;
        for (var i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), shape[i]);
        File.WriteAllBytes(path, [.. header, .. bytes]);
    }
}
