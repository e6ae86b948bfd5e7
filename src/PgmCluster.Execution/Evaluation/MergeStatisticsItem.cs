using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>Work item <see cref="WorkKinds.MergeStatistics"/>.</summary>
public sealed class MergeStatisticsItem(MergeStatisticsWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        set_num_threads(work.Threads);
        using var scope = NewDisposeScope();
        var statistics = FoldedChunks.Of(context, work.Chunks)!.Statistics;
        var file = context.WriteResult(work.Output, statistics.WriteTo);
        return WorkJson.Write(new MergeStatisticsResult { File = file, Images = statistics.Count });
    }
}
