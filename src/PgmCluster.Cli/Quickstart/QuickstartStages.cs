namespace PgmCluster.Cli.Quickstart;

/// <summary>Names of the stages, on screen, in <c>summary.json</c> and in job ids.</summary>
internal static class QuickstartStages
{
    public const string Dataset = "dataset";
    public const string Classifier = "classifier";
    public const string Tokenizer = "tokenizer";
    public const string Tokenize = "tokenize";
    public const string Model = "model";
    public const string Sample = "sample";
    public const string Evaluate = "evaluate";
    public const string Speed = "speed";

    // Of --compare only.
    public const string Pgm = "pgm";
    public const string EvaluatePgm = "evaluate-pgm";
    public const string MaskGit = "maskgit";
    public const string EvaluateMaskGit = "evaluate-maskgit";
    public const string CompareSpeed = "compare-speed";
}
