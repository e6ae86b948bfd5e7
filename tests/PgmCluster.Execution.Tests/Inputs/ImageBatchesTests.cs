using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Inputs;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Inputs;

public class ImageBatchesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Take_ByLanes_GivesEachBatchItsPictures(int lanes)
    {
        using var runs = new TestRuns();
        using var images = new PreparedImages(TestRuns.Images(0, 50), 28, runs.Context());
        using var batches = new ImageBatches(images, 8, ComputeDevice.Cpu(), lanes);
        using var compute = new ComputeLanes(lanes, 1, "cpu:0");
        var taken = new float[batches.Count][];

        compute.RunInOrder(batches.Count, (batch, _) =>
        {
            using var scope = NewDisposeScope();
            using var inputs = batches.Take(batch);
            taken[batch] = inputs.Pixels().data<float>().ToArray();
        });

        using var all = NewDisposeScope();
        Assert.Equal(7, batches.Count);
        Assert.Equal(images.Batch([.. Enumerable.Range(0, 50)], CPU).data<float>().ToArray(), taken.SelectMany(t => t));
    }
}
