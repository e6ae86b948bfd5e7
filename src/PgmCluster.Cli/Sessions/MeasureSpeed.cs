using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Cli.Sessions;

/// <summary>Measures models beside each other in this process.</summary>
/// <param name="specifications">Resolved specifications of generative models.</param>
/// <param name="settings">How tokens are drawn.</param>
/// <param name="batch">Images at once.</param>
/// <returns>One result per specification, in order.</returns>
internal delegate IReadOnlyList<SpeedResult> MeasureSpeed(IReadOnlyList<string> specifications, SamplingSettings settings, int batch);
