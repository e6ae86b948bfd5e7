namespace PgmCluster.Cli.Study.Plans;

/// <summary>Names of a study's parts, in their order: each builds on those before it.</summary>
internal static class StudyParts
{
    /// <summary>Pictures, judge, tokenizer and codes, which every part needs.</summary>
    public const string Foundation = "foundation";

    public const string Search = "search", Report = "report", Ablations = "ablations", Length = "length";

    public const string All = "all";

    /// <summary>Those that can be asked for.</summary>
    public static readonly IReadOnlyList<string> Names = [Search, Report, Ablations, Length];
}
