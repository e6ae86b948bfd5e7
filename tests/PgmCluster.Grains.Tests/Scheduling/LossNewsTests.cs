using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using PgmCluster.Grains.Scheduling.Calls;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Scheduling;

public sealed class LossNewsTests : IDisposable
{
    private readonly Pauses _pauses = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly List<long> _told = [];
    private readonly LossNews _news;
    private string? _away;
    private int _known;

    public LossNewsTests() => _news = new LossNews(
        loss =>
        {
            _told.Add(loss.Number);
            return loss.Owner == _away ? Task.FromException(new TimeoutException("away")) : Task.CompletedTask;
        },
        () =>
        {
            _known++;
            return Task.CompletedTask;
        },
        _pauses, _leaving.Token, NullLogger.Instance);

    public void Dispose() => _leaving.Dispose();

    /// <summary>The last loss of a gang ends its work, and what comes after it counts no more.</summary>
    [Fact]
    public async Task Tell_ManyOfOneOwner_AreToldInTheOrderInWhichTheyWereLost()
    {
        var before = SimulatedCluster.Epoch.AddSeconds(-1);
        await Told([Loss(1, remaining: 0), Loss(2, remaining: 1), Loss(3, remaining: 2), Loss(4, remaining: 0) with { LostAt = before }]);
        Assert.Equal([4L, 3, 2, 1], _told);
        Assert.Equal(1, _known);
    }

    [Fact]
    public async Task Tell_WhatIsToldAndStillStored_IsNotToldAgain()
    {
        var losses = new[] { Loss(1), Loss(2) };
        await Told(losses);
        Assert.Empty(_news.Tell(losses));
        Assert.All(losses, loss => Assert.True(_news.IsTold(loss)));
        // Forgotten, and lost again as another.
        Assert.Empty(_news.Tell([]));
        Assert.False(_news.IsTold(losses[0]));
        await Told([Loss(3)]);
        Assert.Equal([1L, 2, 3], _told);
    }

    /// <summary>An owner that does not answer holds up no other, and is told later and later, never too late.</summary>
    [Fact]
    public async Task Tell_AnOwnerDoesNotAnswer_IsToldAgainUntilItDoes()
    {
        _away = "a";
        var telling = _news.Tell([Loss(1), Loss(2), Loss(3) with { Owner = "b" }]).ToList();
        Assert.Equal([1L, 3], _told);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            var (pause, end) = await _pauses.Next();
            Assert.Equal(TimeSpan.FromSeconds(seconds), pause);
            Assert.Empty(_news.Tell([Loss(1), Loss(2)]));
            end();
        }
        await _pauses.Next();
        _away = null;
        _news.Hurry("b");
        _news.Hurry("a");
        await Task.WhenAll(telling);
        Assert.Equal([1L, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2], _told);
        Assert.Equal(2, _known);
    }

    /// <summary>The next scheduler finds it stored.</summary>
    [Fact]
    public async Task Tell_TheSchedulerLeaves_IsToldOnceMoreAndThenNoMore()
    {
        _away = "a";
        var telling = _news.Tell([Loss(1)]).ToList();
        await _pauses.Next();
        await _leaving.CancelAsync();
        await Task.WhenAll(telling);
        Assert.Equal([1L, 1], _told);
    }

    private async Task Told(IReadOnlyCollection<LeaseLoss> stored) => await Task.WhenAll(_news.Tell(stored));

    private static LeaseLoss Loss(long number, int remaining = 0) => new()
    {
        Worker = "silo/cpu:0",
        Number = number,
        Owner = "a",
        Remaining = remaining,
        LostAt = SimulatedCluster.Epoch,
    };

    /// <summary>Pauses that end when the test says so.</summary>
    private sealed class Pauses : TimeProvider
    {
        private readonly Channel<(TimeSpan Pause, Action End)> _begun = Channel.CreateUnbounded<(TimeSpan, Action)>();

        public Task<(TimeSpan Pause, Action End)> Next() => _begun.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _begun.Writer.TryWrite((dueTime, () => callback(state)));
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
