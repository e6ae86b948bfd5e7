using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>A work item that does what the test tells it.</summary>
public sealed class FakeItem(FakeWork work, string kind, string document) : IWorkItem
{
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _interrupted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Kind { get; } = kind;

    public string Document { get; } = document;

    public WorkContext Context { get; private set; } = null!;

    public long Generation => Context.Generation;

    /// <summary>Ends when the item was asked to stop or its silo to leave.</summary>
    public Task Interrupted => _interrupted.Task;

    public T Read<T>() => WorkJson.Read<T>(Document);

    public void Complete<T>(T result) => _end.TrySetResult(WorkJson.Write(result));

    public void CompleteRaw(string result) => _end.TrySetResult(result);

    public void Fail(Exception e) => _end.TrySetException(e);

    public void Progress(long done, long total, string unit = "step") => Context.Progress(new WorkProgress(done, total, unit));

    public Task<bool> Publish<T>(T document) => Task.Run(() => Context.Publish(WorkJson.Write(document)));

    public string Run(WorkContext context)
    {
        Context = context;
        if (work.Auto is { } auto) return auto(this);
        work.HasStarted(this);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.Stopped, context.ShuttingDown);
        try
        {
            return _end.Task.WaitAsync(either.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            work.WhenInterrupted?.Invoke(this);
            _interrupted.TrySetResult();
            throw new WorkInterruptedException("Told to end.");
        }
    }
}
