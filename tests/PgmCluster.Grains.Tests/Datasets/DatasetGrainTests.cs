using System.Buffers.Binary;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
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
    public async Task Register_MissingDirectory_IsRefusedInTheReadersWords()
    {
        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset("x").Register(new DatasetRequest { Location = "/no/such/place" }));
        Assert.Contains("/no/such/place", e.Message);
    }

    [Fact]
    public async Task Register_UnexpectedException_CrossesTheWireAsOneLine()
    {
        var e = await Assert.ThrowsAsync<PgmException>(() => Dataset("x").Register(new DatasetRequest { Location = "broken" }));
        Assert.Contains("first line", e.Message);
        Assert.DoesNotContain("second line", e.Message);
    }

    private static void WriteIdx(string path, int[] shape, int bytes)
    {
        var header = new byte[4 + (4 * shape.Length)];
        header[2] = 8;
        header[3] = (byte)shape.Length;
        for (var i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), shape[i]);
        File.WriteAllBytes(path, [.. header, .. Enumerable.Range(0, bytes).Select(i => (byte)(i % 10))]);
    }
}
