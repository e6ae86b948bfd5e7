using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Dashboard.Runs;

/// <summary>The curves of one run as one page shows them.</summary>
internal sealed class RunCurves(IRunFiles files, string runId)
{
    private readonly HashSet<string> _seen = [];

    /// <summary>Loss of each step.</summary>
    public Curve Loss { get; } = new();

    /// <summary>Of the held-out examples.</summary>
    public Curve Validation { get; } = new();

    /// <summary>Norm of the gradient before clipping.</summary>
    public Curve GradientNorm { get; } = new();

    /// <summary>Running mean of the loss, as the run says it while its steps are not written yet.</summary>
    public Curve RunningLoss { get; } = new();

    /// <summary>Units a second, since the page was opened.</summary>
    public Curve Rate { get; } = new();

    /// <summary>The last step of any of them.</summary>
    public long LastStep => new[] { Loss, Validation, GradientNorm, RunningLoss, Rate }.Max(c => c.LastStep);

    /// <summary>Reads what was written meanwhile.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        foreach (var reading in await files.ReadStepsAsync(runId, _seen, cancellation))
        {
            Loss.Add(reading.Step, reading.Loss);
            GradientNorm.Add(reading.Step, reading.GradientNorm);
            if (reading.ValidationLoss is { } validation) Validation.Add(reading.Step, validation);
        }
    }

    /// <summary>Takes in what the run says of itself now.</summary>
    public void Take(JobProgress progress)
    {
        if (progress.Loss is { } loss) RunningLoss.Add(progress.Done, loss);
        if (progress.UnitsPerSecond is { } rate) Rate.Add(progress.Done, rate);
    }
}
