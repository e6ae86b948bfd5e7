using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution;

/// <summary>The work items of this program.</summary>
public sealed class WorkItemFactory : IWorkItemFactory
{
    public IWorkItem Create(string kind, string document)
    {
        try
        {
            return new StorageFirst(kind switch
            {
                WorkKinds.Train => new TrainItem(WorkJson.Read<TrainWork>(document)),
                WorkKinds.TokenizeShard => new TokenizeShardItem(WorkJson.Read<TokenizeShardWork>(document)),
                WorkKinds.SampleChunk => new SampleChunkItem(WorkJson.Read<SampleChunkWork>(document)),
                WorkKinds.ComposeGrid => new ComposeGridItem(WorkJson.Read<ComposeGridWork>(document)),
                WorkKinds.EvaluateChunk => new EvaluateChunkItem(WorkJson.Read<EvaluateChunkWork>(document)),
                WorkKinds.MergeEvaluation => new MergeEvaluationItem(WorkJson.Read<MergeEvaluationWork>(document)),
                WorkKinds.MergeStatistics => new MergeStatisticsItem(WorkJson.Read<MergeStatisticsWork>(document)),
                _ =>
                    throw new BadInputException(
                        $"Starting a work item: there is no kind '{kind}'. Upgrade the silo; the job comes from a newer one."),
            });
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                $"Starting a work item of kind {kind}: its document cannot be read ({e.Message.ReplaceLineEndings(" ")}). "
                + "Upgrade the silo; the job comes from another version.", e);
        }
    }
}
