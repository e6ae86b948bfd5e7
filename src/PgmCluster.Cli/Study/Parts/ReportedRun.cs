using PgmCluster.Cli.Study.Jobs;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A training of the report.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Run">Its id.</param>
/// <param name="Trained">Null where it was not run.</param>
/// <param name="Seconds">What it took, over all starts.</param>
/// <param name="Bits">In the order and the number of steps of the search.</param>
/// <param name="CpuSeconds">Processor time of the process meanwhile, user and system; null where another process trained.</param>
internal sealed record ReportedRun(
    long Seed, string Run, StudyTrained? Trained, double? Seconds, StudyBits? Bits, double? CpuSeconds = null);
