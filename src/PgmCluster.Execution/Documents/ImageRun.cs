namespace PgmCluster.Execution.Documents;

/// <summary>Neighbouring positions.</summary>
/// <param name="Start">The first.</param>
/// <param name="Count">How many.</param>
public sealed record ImageRun(int Start, int Count);
