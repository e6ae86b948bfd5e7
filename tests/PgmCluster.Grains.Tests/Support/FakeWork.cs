using System.Collections.Concurrent;
using System.Threading.Channels;
using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Makes <see cref="FakeItem"/>s and hands them to the test in the order in which they start.</summary>
public sealed class FakeWork : IWorkItemFactory
{
    private readonly Channel<FakeItem> _started = Channel.CreateUnbounded<FakeItem>();

    /// <summary>Set to have items end by themselves with this result.</summary>
    public Func<FakeItem, string>? Auto { get; set; }

    /// <summary>What an item still does when it is interrupted.</summary>
    public Action<FakeItem>? WhenInterrupted { get; set; }

    public ConcurrentQueue<FakeItem> Created { get; } = new();

    public IWorkItem Create(string kind, string document)
    {
        var item = new FakeItem(this, kind, document);
        Created.Enqueue(item);
        return item;
    }

    public void HasStarted(FakeItem item) => _started.Writer.TryWrite(item);

    public bool AnyWaiting => _started.Reader.Count > 0;

    public async Task<FakeItem> Next()
    {
        try
        {
            return await _started.Reader.ReadAsync().AsTask().InTime();
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"No work item started within {Waits.Limit.TotalMinutes:0} min. "
                + $"Created so far: {string.Join(", ", Created.Select(i => i.Kind))}.");
        }
    }
}
