namespace PgmCluster.Execution.Work;

/// <summary>Names of the work items; they stand in persisted assignments.</summary>
public static class WorkKinds
{
    public const string Train = "train";
    public const string Draw = "draw";
    public const string TokenizeShard = "tokenize-shard";
    public const string ImportTokens = "import-tokens";
    public const string SampleChunk = "sample-chunk";
    public const string ComposeGrid = "compose-grid";
    public const string EvaluateChunk = "evaluate-chunk";
    public const string MergeEvaluation = "merge-evaluation";
    public const string MergeStatistics = "merge-statistics";
    public const string LikelihoodChunk = "likelihood-chunk";
    public const string PullFiles = "pull-files";
    public const string PullEnd = "pull-end";
    public const string IndexShard = "index-shard";
    public const string MakeManifest = "make-manifest";
}
