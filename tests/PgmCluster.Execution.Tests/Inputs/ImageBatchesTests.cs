using PgmCluster.Data.Images;
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

    [Fact]
    public void Take_OneThread_DecodesInTheOrderOfTheBatchesAndAheadOfThem()
    {
        using var runs = new TestRuns();
        var source = new Counted(40);
        using var images = new PreparedImages(source, 8, runs.Context());
        using (var batches = new ImageBatches(images, 10, ComputeDevice.Cpu(), lanes: 1))
        {
            using var first = batches.Take(0);
            // Nobody takes another batch; two are decoded all the same.
            source.Reached(30);
        }
        Assert.Equal(Enumerable.Range(0, 30), source.Decoded);
    }

    /// <summary>Pictures that are counted when they are decoded.</summary>
    private sealed class Counted(int count) : IPictureSource
    {
        private readonly object _gate = new();
        private readonly List<int> _decoded = [];

        public int Count => count;

        public IReadOnlyList<int> Decoded
        {
            get
            {
                lock (_gate) return [.. _decoded];
            }
        }

        public int Label(int index) => 0;

        public (string Shard, string Key) Place(int index) => ("made", $"{index}");

        public string Identify() => "";

        public RgbImage Prepared(int index, int size)
        {
            lock (_gate)
            {
                _decoded.Add(index);
                Monitor.PulseAll(_gate);
            }
            return new RgbImage(size, size);
        }

        /// <summary>Waits until so many were decoded.</summary>
        public void Reached(int wanted)
        {
            lock (_gate)
                while (_decoded.Count < wanted) Monitor.Wait(_gate);
        }
    }
}
