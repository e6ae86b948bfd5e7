using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Faults;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Registration;

/// <summary>Work item <see cref="WorkKinds.IndexShard"/>: reads a shard of a source once, the same bytes whoever does it.</summary>
public sealed class IndexShardItem(IndexShardWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        FaultPoint.Reached("index", $"{work.Plan.Name}@{work.Offset}");
        using var plan = context.Fetch(work.Plan);
        var shard = RegistrationPlan.ReadShard(plan.Path, work.Offset);
        (ShardIndex Index, ArtifactInfo File)? made = null;
        // A device's thread is there to block; an archive is one unit of progress, however large.
        context.Unjudged(() => made = DatasetIndexing.IndexAsync(
            DatasetIndexing.Open(work.Location, context.Imports), work.Format, shard, context.Artifacts, context.Interrupted)
            .GetAwaiter().GetResult());
        var (index, file) = made!.Value;
        context.Progress(new WorkProgress(index.Count, index.Count, "image"));
        return WorkJson.Write(new IndexShardResult(file, index.Count));
    }
}
