using System.Globalization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Sampling;

/// <summary>Work item <see cref="WorkKinds.SampleChunk"/>.</summary>
public sealed class SampleChunkItem(SampleChunkWork work) : IWorkItem
{
    /// <summary>Batches whose pictures may wait to be encoded while the device makes the next.</summary>
    private const int BatchesWaiting = 2;

    public string Run(WorkContext context)
    {
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Settings.Threads), work.Settings.Threads, context.Device.Name);
        using var scope = NewDisposeScope();
        using var sampler = new ImageSampler(context, work.Model, work.Tokenizer, work.Settings, lanes);
        var files = new ArtifactInfo[work.Labels.Count];
        using var writing = new FileThread($"pgm-{context.Device.Name}-pictures", BatchesWaiting);
        sampler.Sample(work.Labels, work.Seed, context, (first, images) =>
        {
            var pictures = PixelConversion.ToImages(images);
            writing.Do(() => Write(context, pictures, first, files));
        });
        writing.Finish();
        return WorkJson.Write(new SampleChunkResult { Images = files });
    }

    private void Write(WorkContext context, IReadOnlyList<RgbImage> pictures, int first, ArtifactInfo[] files)
    {
        for (var i = 0; i < pictures.Count; i++)
        {
            var png = PngWriter.Encode(pictures[i]);
            var name = string.Create(CultureInfo.InvariantCulture, $"{work.OutputPrefix}{work.FirstIndex + first + i:00000}.png");
            files[first + i] = context.WriteResult(name, stream => stream.Write(png));
        }
    }
}
