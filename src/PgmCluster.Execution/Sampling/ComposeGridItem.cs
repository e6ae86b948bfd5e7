using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Sampling;

/// <summary>Work item <see cref="WorkKinds.ComposeGrid"/>.</summary>
public sealed class ComposeGridItem(ComposeGridWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        var pictures = work.Images.Select(image =>
        {
            context.ThrowIfInterrupted();
            using var fetched = context.Fetch(image);
            return ImageDecoder.Decode(fetched.ReadAllBytes(), image.Name);
        }).ToArray();
        var grid = PngWriter.Encode(
            ImageGrid.ComposeVisible(pictures, work.Columns, work.RowLabels.Count > 0 ? work.RowLabels : null));
        return WorkJson.Write(context.WriteResult(work.Output, stream => stream.Write(grid)));
    }
}
