namespace PgmCluster.Grains.Tests.Support;

/// <summary>Writes that a test holds back, as a slow disk would.</summary>
public sealed class HeldWrites(string stateName)
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string StateName { get; } = stateName;

    /// <summary>Ends when a write waits.</summary>
    public Task Arrived => _arrived.Task.InTime();

    public void Release() => _released.TrySetResult();

    internal Task Arrive()
    {
        _arrived.TrySetResult();
        return _released.Task;
    }
}
