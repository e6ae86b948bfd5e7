using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>Trains and tokenizes nothing, and says that it is done.</summary>
internal sealed class QuickWork : IWorkItemFactory
{
    public IWorkItem Create(string kind, string document) => new Item(kind == WorkKinds.Train
        ? WorkJson.Write(new TrainResult
        {
            Steps = 1,
            FinalLoss = 1,
            Parameters = 1,
            WeightsSha256 = new string('1', 64),
            Weights = new ArtifactInfo("runs/tok/weights.safetensors", 8, new string('2', 64)),
        })
        : Tokenized(WorkJson.Read<TokenizeShardWork>(document)));

    private static string Tokenized(TokenizeShardWork work) => WorkJson.Write(new TokenizeShardResult
    {
        File = new ArtifactInfo(work.Output, 8, new string('3', 64)),
        Images = work.Images.Count,
        Height = 7,
        Width = 7,
        Codebook = 16,
        CodeBitmap = [1, 0],
    });

    private sealed class Item(string result) : IWorkItem
    {
        public string Run(WorkContext context) => result;
    }
}
