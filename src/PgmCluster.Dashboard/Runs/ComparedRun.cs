using PgmCluster.Api.Jobs;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Dashboard.Reading;

namespace PgmCluster.Dashboard.Runs;

/// <summary>One of two runs that are shown together.</summary>
internal sealed class ComparedRun(string id, ClusterReader cluster, IRunFiles files)
{
    /// <summary>A run at rest is looked at so often: its device writes what it has after the run was paused or cancelled.</summary>
    private const int LooksAtRest = 15;

    private int _looksAtRest;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>The job; null where there is none of that id.</summary>
    public JobView? Job { get; private set; }

    /// <summary>The run in full; null where the job is none.</summary>
    public TrainingDetails? Details { get; private set; }

    /// <summary>What it has written.</summary>
    public RunCurves Curves { get; } = new(files, id);

    /// <summary>Looks again.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        Job = await cluster.FindAsync(id);
        if (Job is not { Kind: JobKind.Training })
        {
            Details = null;
            return;
        }
        _looksAtRest = Job.Phase?.IsAtRest() == true ? _looksAtRest + 1 : 0;
        if (_looksAtRest > LooksAtRest) return;
        Details = await cluster.DetailsAsync(id);
        await Curves.ReadAsync(cancellation);
    }
}
