using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>What a job works with.</summary>
/// <param name="Session">Its cluster.</param>
/// <param name="Id">Its id.</param>
/// <param name="WaitAsync">Watches a grain's job to its completion.</param>
/// <param name="MeasureSpeed">Measures models beside each other.</param>
internal sealed record StudyWork(IClusterSession Session, string Id, Func<IJobGrain, Task> WaitAsync, MeasureSpeed MeasureSpeed);
