using System.Text.Json;
using PgmCluster.Contracts.Devices;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Grains.Tokenization;

/// <summary>What a tokenizer's run says of its model.</summary>
internal sealed record TokenizerShape(VqSettings Model, int ImageSize)
{
    /// <summary>
    /// Memory that a CPU device's batches may take for each of its cores. The same for every machine: the batch is part of what tokens are.
    /// </summary>
    private const long BytesPerCore = 2L << 30;

    /// <summary>Each picture of the grid takes two bytes a code, and its label four.</summary>
    public long BytesOf(long images) => images * (2L * Side * Side + sizeof(int));

    private int Side => ImageSize / Model.Downsampling;

    /// <summary>Null where the run does not say it.</summary>
    /// <param name="specification">Of the run, JSON.</param>
    public static TokenizerShape? Of(string specification)
    {
        try
        {
            var run = SpecificationJson.Parse(specification);
            return run.Model.ContainsKey("channels")
                ? new TokenizerShape(SpecificationJson.Read<VqSettings>(run.Model), run.Data.ImageSize)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Images per forward pass.</summary>
    /// <param name="asked">At most.</param>
    /// <param name="threads">Of each lane of a CPU device.</param>
    /// <param name="devices">Each has to have room: half of a GPU's memory, or what a lane's cores have.</param>
    public int BatchSize(int asked, int threads, IEnumerable<DeviceInfo> devices)
    {
        var bytes = EncodingFootprint.BytesPerImage(Model, ImageSize);
        var room = devices.Select(d => d.MemoryBytes > 0 ? d.MemoryBytes / 2 : BytesPerCore * threads).DefaultIfEmpty(long.MaxValue).Min();
        return (int)Math.Clamp(room / bytes, 1, asked);
    }
}
