using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Drawing;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Likelihood;
using PgmCluster.Execution.Pulls;
using PgmCluster.Execution.Registration;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution;

/// <summary>The work items of this program.</summary>
/// <param name="hub">For work that pulls files; null refuses it.</param>
public sealed class WorkItemFactory(HubAccess? hub = null) : IWorkItemFactory
{
    public IWorkItem Create(string kind, string document)
    {
        try
        {
            // It writes nothing, and need not wait until something can be written.
            if (kind == WorkKinds.Draw) return new DrawItem(WorkJson.Read<DrawWork>(document));
            return new StorageFirst(kind switch
            {
                WorkKinds.Train => new TrainItem(WorkJson.Read<TrainWork>(document)),
                WorkKinds.TokenizeShard => new TokenizeShardItem(WorkJson.Read<TokenizeShardWork>(document)),
                WorkKinds.ImportTokens => new ImportTokensItem(WorkJson.Read<ImportTokensWork>(document)),
                WorkKinds.SampleChunk => new SampleChunkItem(WorkJson.Read<SampleChunkWork>(document)),
                WorkKinds.ComposeGrid => new ComposeGridItem(WorkJson.Read<ComposeGridWork>(document)),
                WorkKinds.EvaluateChunk => new EvaluateChunkItem(WorkJson.Read<EvaluateChunkWork>(document)),
                WorkKinds.MergeEvaluation => new MergeEvaluationItem(WorkJson.Read<MergeEvaluationWork>(document)),
                WorkKinds.MergeStatistics => new MergeStatisticsItem(WorkJson.Read<MergeStatisticsWork>(document)),
                WorkKinds.LikelihoodChunk => new LikelihoodChunkItem(WorkJson.Read<LikelihoodChunkWork>(document)),
                WorkKinds.PullFiles => new PullFilesItem(WorkJson.Read<PullFilesWork>(document), Hub()),
                WorkKinds.PullEnd => new PullEndItem(WorkJson.Read<PullEndWork>(document), Hub()),
                WorkKinds.IndexShard => new IndexShardItem(WorkJson.Read<IndexShardWork>(document)),
                WorkKinds.MakeManifest => new MakeManifestItem(WorkJson.Read<MakeManifestWork>(document)),
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

    private HubAccess Hub() =>
        hub ?? throw new BadInputException("Starting a pull: this program has no directory for downloads. Run it on a silo.");
}
