using PgmCluster.Grains.Scheduling;

namespace PgmCluster.Grains.Tests.Scheduling;

public class CoalescedTurnsTests
{
    private readonly List<string> _made = [];
    private readonly List<string> _stored = [];
    private readonly List<int> _commits = [];
    private TaskCompletionSource _storage = new();
    private Task _pause = Task.CompletedTask;

    private CoalescedTurns Turns() => new(Commit, Store, Undo, () => _pause);

    [Fact]
    public async Task Do_WhileOneIsStored_AllThatCameAreInTheNext()
    {
        var turns = Turns();
        var first = turns.Do(() => _made.Add("first"));
        var others = Enumerable.Range(0, 100).Select(i => turns.Do(() => _made.Add($"{i}"))).ToList();
        Assert.Equal(["first"], _made);
        var storage = _storage;
        _storage = Done();
        storage.SetResult();
        await Task.WhenAll([first, .. others]);
        Assert.Equal([1, 100], _commits);
        Assert.Equal(["first", .. Enumerable.Range(0, 100).Select(i => $"{i}")], _stored);
    }

    [Fact]
    public async Task Read_WhileOneIsStored_SeesNothingThatIsNot()
    {
        var turns = Turns();
        Assert.Equal(0, await turns.Read(() => _made.Count));
        var change = turns.Do(() => _made.Add("lost"));
        var read = turns.Read(() => _made.Count);
        Assert.False(read.IsCompleted);
        _storage.SetException(new IOException("away"));
        Assert.Equal(0, await read);
        await Assert.ThrowsAsync<IOException>(() => change);
    }

    [Fact]
    public async Task Do_TheStorageRefuses_FailsAllThatWereInItAndNoOther()
    {
        var turns = Turns();
        _storage = Done();
        await turns.Do(() => _made.Add("kept"));
        _storage = new TaskCompletionSource();
        var refused = turns.Do(() => _made.Add("refused"));
        var later = turns.Do(() => _made.Add("later"));
        var storage = _storage;
        _storage = Done();
        storage.SetException(new IOException("away"));
        await Assert.ThrowsAsync<IOException>(() => refused);
        await later;
        Assert.Equal(["kept", "later"], _stored);
        await Assert.ThrowsAsync<InvalidOperationException>(() => turns.Do(() => throw new InvalidOperationException("of the change")));
        Assert.Equal(["kept", "later"], _made);
    }

    /// <summary>As where a submission has no owner, and the scheduler's look at lost silos is to be stored with it.</summary>
    [Fact]
    public async Task Do_AChangeFails_FailsNoOtherThatCameWithIt()
    {
        var turns = Turns();
        var first = turns.Do(() => _made.Add("first"));
        var before = turns.Do(() => _made.Add("before"));
        var wrong = turns.Do(() =>
        {
            _made.Add("half");
            throw new InvalidOperationException("of the change");
        });
        var after = turns.Do(() => _made.Add("after"));
        var storage = _storage;
        _storage = Done();
        storage.SetResult();

        await Task.WhenAll(first, before, after);
        await Assert.ThrowsAsync<InvalidOperationException>(() => wrong);
        Assert.Equal(["first", "before", "after"], _stored);
    }

    [Fact]
    public async Task Do_InThePauseAfterALargePlan_WaitsForItsEndAndReadsDoNot()
    {
        var turns = Turns();
        _storage = Done();
        var pause = new TaskCompletionSource();
        _pause = pause.Task;
        await turns.Do(() => _made.Add("first"));
        var next = turns.Do(() => _made.Add("next"));
        Assert.Equal(1, await turns.Read(() => _made.Count));
        _pause = Task.CompletedTask;
        pause.SetResult();
        await next;
        Assert.Equal([1, 1], _commits);
    }

    [Fact]
    public Task Add_InThePauseAfterALargePlan_IsStoredAtOnceAndPlannedForAfterIt() => OnOneThread(async () =>
    {
        var turns = Turns();
        _storage = Done();
        var pause = new TaskCompletionSource();
        _pause = pause.Task;
        await turns.Do(() => _made.Add("first"));
        var waits = turns.Do(() => _made.Add("waits"));

        await turns.Add(() => _made.Add("added"));
        await turns.Add(() => _made.Add("too"));

        Assert.Equal(["first", "added", "too"], _stored);
        Assert.False(waits.IsCompleted);
        Assert.Equal([1], _commits);
        _pause = Task.CompletedTask;
        pause.SetResult();
        await waits;
        Assert.Equal([1, 1], _commits);
        await turns.Add(() => _made.Add("last"));
        Assert.Equal([1, 1, 1], _commits);
        Assert.Equal(["first", "added", "too", "waits", "last"], _stored);
    });

    [Fact]
    public Task Add_InThePause_NobodyElseWaits_APlanIsMadeForItAllTheSame() => OnOneThread(async () =>
    {
        var turns = Turns();
        _storage = Done();
        var pause = new TaskCompletionSource();
        _pause = pause.Task;
        await turns.Do(() => _made.Add("first"));
        await turns.Add(() => _made.Add("added"));
        _pause = Task.CompletedTask;

        pause.SetResult();

        await turns.Do(() => _made.Add("next"));
        Assert.Equal(2, _commits.Sum());
        Assert.Equal(["first", "added", "next"], _stored);
    });

    [Fact]
    public Task Add_InThePause_TheStorageRefuses_FailsItAloneAndReadsSeeNothingOfIt() => OnOneThread(async () =>
    {
        var turns = Turns();
        _storage = Done();
        var pause = new TaskCompletionSource();
        _pause = pause.Task;
        await turns.Do(() => _made.Add("first"));
        _storage = new TaskCompletionSource();
        var refused = turns.Add(() => _made.Add("refused"));
        while (_made.Count == 1) await Task.Yield();
        var read = turns.Read(() => _made.Count);
        Assert.False(read.IsCompleted);

        _storage.SetException(new IOException("away"));

        await Assert.ThrowsAsync<IOException>(() => refused);
        Assert.Equal(1, await read);
        _storage = Done();
        await turns.Add(() => _made.Add("added"));
        Assert.Equal(["first", "added"], _stored);
        _pause = Task.CompletedTask;
        pause.SetResult();
    });

    /// <summary>As the calls of a grain are made.</summary>
    private static Task OnOneThread(Func<Task> test) => Task.Factory.StartNew(
        test, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private async Task Commit()
    {
        _commits.Add(_made.Count - _stored.Count);
        await _storage.Task;
        _stored.AddRange(_made[_stored.Count..]);
    }

    private async Task Store()
    {
        await _storage.Task;
        _stored.AddRange(_made[_stored.Count..]);
    }

    private void Undo() => _made.RemoveRange(_stored.Count, _made.Count - _stored.Count);
}
