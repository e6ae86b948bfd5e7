using System.Collections.Concurrent;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Training;

/// <summary>
/// Pictures of how far a run is. The device makes them, another thread composes, encodes and writes them while training goes on; those that
/// cannot be made or written are left out.
/// </summary>
internal sealed class SampleGrids(TrainingParts parts) : IDisposable
{
    /// <summary>Grids that may wait to be written.</summary>
    private const int MostWaiting = 2;

    private readonly ConcurrentQueue<string> _problems = [];
    private FileThread? _files;

    /// <summary>Ends when all grids made so far are written or left out.</summary>
    public Task Written { get; private set; } = Task.CompletedTask;

    /// <summary>Makes pictures, where they are due after the step just done.</summary>
    public void StepDone()
    {
        Warn();
        var (every, step) = (parts.Specification.Training.SampleSteps, parts.State.Step);
        if (every <= 0 || step % every != 0) return;
        LeaveOutWhereItFails(step, () =>
        {
            if (parts.Task.Preview() is not { } pictures) return;
            _files ??= new FileThread("pgm-grids", MostWaiting);
            Written = _files.Do(() => LeaveOutWhereItFails(step, () => Write(step, pictures)));
        });
        Warn();
    }

    /// <summary>Waits until all are written, and tells what was left out.</summary>
    public void Dispose()
    {
        _files?.Finish();
        _files?.Dispose();
        _files = null;
        Warn();
    }

    private void Write(long step, IReadOnlyList<RgbImage> pictures)
    {
        var grid = PngWriter.Encode(ImageGrid.Compose(pictures, TrainingTask.PreviewColumns));
        parts.Context.Artifacts.Write(RunFiles.Samples(parts.Work.RunId, step), stream => stream.Write(grid));
    }

    private void LeaveOutWhereItFails(long step, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _problems.Enqueue($"Showing pictures of run {parts.Work.RunId} after step {step}: {e.Message} Training goes on without them.");
        }
    }

    private void Warn()
    {
        while (_problems.TryDequeue(out var problem)) parts.Context.Warn(problem);
    }
}
