using PgmCluster.Dashboard.Runs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Silo.Hosting.Api;

/// <summary>What runs have written to the silo's artifact store.</summary>
internal sealed class StoredRunFiles(IArtifactStore store) : IRunFiles
{
    public async Task<IReadOnlyList<StepReading>> ReadStepsAsync(string runId, ISet<string> seen, CancellationToken cancellation)
    {
        List<StepReading> readings = [];
        List<string> read = [];
        await foreach (var segment in store.ListAsync(RunFiles.MetricsFolder(runId), cancellation))
        {
            if (seen.Contains(segment.Name)) continue;
            try
            {
                await using var stream = await store.OpenReadAsync(segment.Name, cancellation);
                readings.AddRange(StepMetricsLog.ReadSegment(stream).Select(
                    m => new StepReading(m.Step, m.Loss, m.GradientNorm, m.ValidationLoss)));
            }
            catch (FileNotFoundException)
            {
                // Deleted with its run since it was listed.
            }
            read.Add(segment.Name);
        }
        // Only now: what fails in the middle is read again.
        seen.UnionWith(read);
        return readings;
    }

    public async Task<IReadOnlyList<long>> ListGridsAsync(string runId, CancellationToken cancellation)
    {
        List<long> steps = [];
        await foreach (var grid in store.ListAsync(RunFiles.SamplesFolder(runId), cancellation))
        {
            if (RunFiles.SamplesStep(runId, grid.Name) is { } step) steps.Add(step);
        }
        return steps;
    }

    public async Task<Stream?> OpenGridAsync(string runId, long step, CancellationToken cancellation)
    {
        try
        {
            return await store.OpenReadAsync(RunFiles.Samples(runId, step), cancellation);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
