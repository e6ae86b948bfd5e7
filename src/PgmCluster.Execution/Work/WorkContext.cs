using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Work;

/// <summary>What a work item may use, and how it speaks to its owner. All members may be called from the device's thread.</summary>
public sealed class WorkContext
{
    private CancellationTokenSource? _interrupted;

    /// <summary>The owner's fence; it stands in the paths and manifests of everything written.</summary>
    public required long Generation { get; init; }

    /// <summary>The device that the work runs on; every tensor of it is made there.</summary>
    public required ComputeDevice Device { get; init; }

    /// <summary>Cores of the device: how many lanes the work may use. No result depends on it.</summary>
    public int Cores { get; init; } = 1;

    public required IArtifactStore Artifacts { get; init; }

    /// <summary>Which files links of datasets may lead to, and which servers they may be read from; null for all.</summary>
    public ImportRoots? Imports { get; init; }

    /// <summary>
    /// What the device keeps from one piece of work to the next; nothing where the work does not run on a device's thread.
    /// </summary>
    internal KeptModels Models { get; set; } = new(limit: 0);

    /// <summary>The owner wants the work to end: keep nothing running, a training run writes a last checkpoint.</summary>
    public CancellationToken Stopped { get; init; }

    /// <summary>The process is leaving: finish the step, write what would be lost, end.</summary>
    public CancellationToken ShuttingDown { get; init; }

    /// <summary>Tells the owner how far the work is. Cheap, never blocks; the newest one wins.</summary>
    public Action<WorkProgress> Progress { get; init; } = _ => { };

    /// <summary>
    /// Hands the owner a durable intermediate state (JSON), also that of work that is not wanted any more. Blocks until the owner has
    /// answered; false where it does not go on from this. Where it wants the work to end as well, <see cref="Stopped"/> says so. May be
    /// called from a background thread of the item.
    /// </summary>
    /// <exception cref="WorkInterruptedException">The work was asked to end and the owner could not be reached.</exception>
    public Func<string, bool> Publish { get; init; } = _ => true;

    /// <summary>For work that a gang does: how this member meets the others. Null for work of one device.</summary>
    public IGangChannel? Gang { get; init; }

    /// <summary>For work that draws while somebody waits: what is wanted. Null for other work.</summary>
    public IDrawingChannel? Drawing { get; init; }

    /// <summary>Something went wrong that the work goes on after (one line).</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>What the work waits for before it can go on, one line for its owner; null once it goes on.</summary>
    public Action<string?> Waits { get; init; } = _ => { };

    /// <summary>
    /// False: what follows may take longer than any unit of progress before, and its device is not taken for hung. True: it is over.
    /// </summary>
    public Action<bool> Judge { get; init; } = _ => { };

    /// <summary>Does something that may take longer than any unit of progress.</summary>
    public void Unjudged(Action action)
    {
        Judge(false);
        try
        {
            action();
        }
        finally
        {
            Judge(true);
        }
    }

    /// <summary>By its owner, or because the process leaves.</summary>
    public bool IsAskedToEnd => Stopped.IsCancellationRequested || ShuttingDown.IsCancellationRequested;

    /// <summary>The work was asked to end, whoever asked: for what can be broken off anywhere.</summary>
    public CancellationToken Interrupted => (_interrupted ??= CancellationTokenSource.CreateLinkedTokenSource(Stopped, ShuttingDown)).Token;

    /// <summary>An artifact on this machine, checked to be what was written, until the result is disposed.</summary>
    /// <exception cref="Data.DataCorruptException">It is missing or has changed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The work was asked to end.</exception>
    public FetchedArtifact Fetch(ArtifactInfo artifact) => Artifacts.Fetch(artifact, Interrupted);

    /// <summary>Reads an artifact that is checked to be what was written.</summary>
    /// <param name="artifact">What is read.</param>
    /// <param name="read">Reads the file of this path.</param>
    /// <inheritdoc cref="Fetch"/>
    public T Read<T>(ArtifactInfo artifact, Func<string, T> read)
    {
        using var file = Fetch(artifact);
        return read(file.Path);
    }

    /// <exception cref="WorkInterruptedException">The work was asked to end.</exception>
    public void ThrowIfInterrupted()
    {
        if (Stopped.IsCancellationRequested) throw new WorkInterruptedException("Stopped by its owner.");
        if (ShuttingDown.IsCancellationRequested) throw new WorkInterruptedException("The worker is leaving.");
    }
}
