using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Manifests;

namespace PgmCluster.Data.Tests.Manifests;

public class RegistrationPlanTests
{
    [Fact]
    public void Read_ShardsOfManyFiles_AreWhatWasWrittenEachByItself()
    {
        using var directory = new TemporaryDirectory();
        var shards = Enumerable.Range(0, 3).Select(s => new ShardPlan($"shard {s}", s == 2 ? "test" : null,
            [.. Enumerable.Range(0, 2000).Select(f => new Blob($"{s}/Ünnamed \"{f}\".jpg", f) { Changed = 7 + f })])
        {
            Labels = [.. Enumerable.Range(0, 2000).Select(f => f % 3 == 0 ? null : $"class {f / 700}")],
        }).ToArray();
        var known = new ArtifactInfo("datasets/x", 1, new string('a', 64));
        var plan = new RegistrationPlan(new DatasetLayout("folder", shards) { Remarks = ["one"] }, [null, known, null]);
        using var file = File.Create(directory.File("plan"));
        var open = plan.WriteTo(file);
        file.Dispose();

        var read = RegistrationPlan.Read(directory.File("plan"));
        var light = RegistrationPlan.ReadWithoutFiles(directory.File("plan"));

        Assert.Equal([null, known, null], read.Known);
        Assert.Equal(["one"], read.Layout.Remarks);
        Assert.All(shards.Zip(read.Layout.Shards), s => AssertSame(s.First, s.Second));
        AssertSame(shards[0], RegistrationPlan.ReadShard(directory.File("plan"), open[0]));
        AssertSame(shards[2], RegistrationPlan.ReadShard(directory.File("plan"), open[1]));
        Assert.Equal([null, null, "test"], light.Layout.Shards.Select(s => s.Split));
        Assert.All(light.Layout.Shards, s => Assert.Equal([null, "class 0", "class 1", "class 2"], s.Labels!));
        Assert.Throws<DataCorruptException>(() => RegistrationPlan.ReadShard(directory.File("plan"), open[0] + 1));
    }

    private static void AssertSame(ShardPlan one, ShardPlan other)
    {
        Assert.Equal((one.Name, one.Split), (other.Name, other.Split));
        Assert.Equal(one.Files, other.Files);
        Assert.Equal(one.Labels, other.Labels);
    }
}
