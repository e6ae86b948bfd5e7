using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Sampling;

/// <summary>Work item <see cref="WorkKinds.ComposeGrid"/>.</summary>
public sealed class ComposeGridItem(ComposeGridWork work) : IWorkItem
{
    /// <summary>Small pictures are enlarged to about this many pixels, so that a person sees them.</summary>
    private const int VisibleSize = 84;

    public string Run(WorkContext context)
    {
        var pictures = work.Images.Select(image =>
        {
            context.ThrowIfInterrupted();
            using var fetched = context.Fetch(image);
            return ImageDecoder.Decode(fetched.ReadAllBytes(), image.Name);
        }).ToArray();
        var scale = Math.Max(1, VisibleSize / pictures[0].Width);
        var grid = PngWriter.Encode(
            ImageGrid.Compose(
                pictures, work.Columns, padding: 2 * scale, scale: scale, rowLabels: work.RowLabels.Count > 0 ? work.RowLabels : null));
        return WorkJson.Write(context.WriteResult(work.Output, stream => stream.Write(grid)));
    }
}
