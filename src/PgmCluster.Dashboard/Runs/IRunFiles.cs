namespace PgmCluster.Dashboard.Runs;

/// <summary>What training runs have written to the artifact store so far.</summary>
public interface IRunFiles
{
    /// <summary>Steps of a run that were written since somebody looked last.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="seen">Names of the files that were read; those read now are added.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>In any order; a step that was repeated after a loss may come again, with the same values.</returns>
    Task<IReadOnlyList<StepReading>> ReadStepsAsync(string runId, ISet<string> seen, CancellationToken cancellation);

    /// <summary>Steps after which there is a grid of pictures, rising.</summary>
    Task<IReadOnlyList<long>> ListGridsAsync(string runId, CancellationToken cancellation);

    /// <summary>The grid after a step, PNG; null where there is none.</summary>
    Task<Stream?> OpenGridAsync(string runId, long step, CancellationToken cancellation);
}

/// <summary>What was noted of a step.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Loss">Mean of the batch.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="ValidationLoss">Of the held-out examples after this step; null where it was not computed.</param>
public sealed record StepReading(long Step, double Loss, double GradientNorm, double? ValidationLoss);
