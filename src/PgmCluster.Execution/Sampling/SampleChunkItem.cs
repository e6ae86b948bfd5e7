using System.Globalization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Sampling;

/// <summary>Work item <see cref="WorkKinds.SampleChunk"/>.</summary>
public sealed class SampleChunkItem(SampleChunkWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Settings.Threads);
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        using var sampler = new ImageSampler(context.Artifacts, work.Model, work.Tokenizer, work.Settings);
        var files = new ArtifactInfo[work.Labels.Count];
        sampler.Sample(work.Labels, work.Seed, context, (first, images) =>
        {
            var pictures = PixelConversion.ToImages(images);
            for (var i = 0; i < pictures.Count; i++)
            {
                var png = PngWriter.Encode(pictures[i]);
                var name = string.Create(CultureInfo.InvariantCulture, $"{work.OutputPrefix}{work.FirstIndex + first + i:00000}.png");
                files[first + i] = context.Artifacts.WriteAsync(name, (stream, ct) => stream.WriteAsync(png, ct).AsTask(), default).GetAwaiter().GetResult();
            }
        });
        return WorkJson.Write(new SampleChunkResult { Images = files });
    }
}
