using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>How long a watcher is patient with silos that say nothing, and with whom it is not.</summary>
public class JobWatchingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly HandClock _clock = new();

    [Fact]
    public async Task WatchToRest_CallerTakesLongerThanThePatience_GoesOn()
    {
        var job = new ScriptedJob(
            [_ => Event(1), _ => throw new SiloUnavailableException("The silo is going down.")], [_ => Event(2, JobPhase.Completed)]);
        var seen = new List<long>();

        await foreach (var e in job.WatchToRest(Patience, time: _clock))
        {
            seen.Add(e.Sequence);
            _clock.Pass(TimeSpan.FromSeconds(6));
        }

        Assert.Equal([1, 2], seen);
    }

    [Fact]
    public async Task WatchToRest_OnlyErrorsComeBack_SaysTheLastOne()
    {
        var job = new ScriptedJob([
            clock =>
            {
                clock.Pass(TimeSpan.FromSeconds(5));
                throw new SiloUnavailableException("The gate is shut.\n   at somewhere");
            },
        ])
        { Clock = _clock };

        var error = await Assert.ThrowsAsync<PgmException>(async () =>
        {
            await foreach (var _ in job.WatchToRest(Patience, time: _clock)) { }
        });

        Assert.Contains("Watching job scripted: for 4 s", error.Message);
        Assert.Contains("nothing but errors, at last: The gate is shut. See", error.Message);
    }

    [Fact]
    public async Task WatchToRest_NobodyAnswers_SaysThatNothingWasHeard()
    {
        var job = new ScriptedJob([
            clock =>
            {
                clock.Pass(TimeSpan.FromSeconds(5));
                throw new TimeoutException();
            },
        ])
        { Clock = _clock };

        var error = await Assert.ThrowsAsync<PgmException>(async () =>
        {
            await foreach (var _ in job.WatchToRest(Patience, time: _clock)) { }
        });

        Assert.Contains("nothing heard for 4 s", error.Message);
        Assert.Equal(PgmErrorCode.Unavailable, error.Code);
    }

    /// <summary>A silo that hangs answers neither who asks for the next event nor who does not want any more.</summary>
    [Fact]
    public async Task WatchToRest_ASiloHangs_IsOpenedAgainSoon()
    {
        var job = new ScriptedJob([_ => Event(1)], [_ => Event(2, JobPhase.Completed)]) { HangsAfterFirst = true };
        var seen = new List<long>();

        // The stream's silence is 3 s, and the clock of the patience stands.
        await foreach (var e in job.WatchToRest(Patience, time: _clock)) seen.Add(e.Sequence);

        Assert.Equal([1, 2], seen);
    }

    private static JobEvent Event(long sequence, JobPhase phase = JobPhase.Running) => new()
    {
        Sequence = sequence,
        Phase = phase,
        Progress = new JobProgress { Done = sequence, Total = 2 },
        At = DateTimeOffset.UnixEpoch,
    };

    /// <summary>A clock that stands until somebody moves it; its timers are the machine's.</summary>
    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }

    /// <summary>Each opening of its watch does what the next script says.</summary>
    private sealed class ScriptedJob(params Func<HandClock, JobEvent>[][] openings) : IJobGrain
    {
        private int _opened;

        public HandClock Clock { get; init; } = new();

        /// <summary>The first opening never says more than its script, nor ends.</summary>
        public bool HangsAfterFirst { get; init; }

        public IAsyncEnumerable<JobEvent> Watch(CancellationToken cancellation)
        {
            var opening = Play(openings[_opened++]);
            return HangsAfterFirst && _opened == 1 ? new Hanging(opening) : opening;
        }

        private async IAsyncEnumerable<JobEvent> Play(Func<HandClock, JobEvent>[] acts)
        {
            await Task.Yield();
            foreach (var act in acts) yield return act(Clock);
        }

        public override string ToString() => "scripted";

        public Task<JobStatus> GetStatus() => throw new NotSupportedException();

        public Task<JobStatus> Cancel() => throw new NotSupportedException();

        public Task<JobStatus> Pause() => throw new NotSupportedException();

        public Task<JobStatus> Resume() => throw new NotSupportedException();

        public Task Wake() => throw new NotSupportedException();

        public Task<Origin> GetOrigin() => throw new NotSupportedException();
    }

    private sealed class Hanging(IAsyncEnumerable<JobEvent> first) : IAsyncEnumerable<JobEvent>, IAsyncEnumerator<JobEvent>
    {
        private readonly IAsyncEnumerator<JobEvent> _first = first.GetAsyncEnumerator();

        public JobEvent Current => _first.Current;

        public IAsyncEnumerator<JobEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public async ValueTask<bool> MoveNextAsync() => await _first.MoveNextAsync() || await new TaskCompletionSource<bool>().Task;

        public async ValueTask DisposeAsync() => await new TaskCompletionSource().Task;
    }
}
