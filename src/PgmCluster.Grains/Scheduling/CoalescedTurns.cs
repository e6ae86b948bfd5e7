namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// Has what comes in while a plan is made and stored wait for the next one, which is for all of it: one plan and one write, however much
/// came. A change that finds nothing under way is made at once. Of one thread.
/// </summary>
/// <param name="commit">Plans, stores and tells.</param>
/// <param name="store">Stores, and leaves the rest to the next <paramref name="commit"/>.</param>
/// <param name="undo">Takes back what was changed and is not stored.</param>
/// <param name="pause">How long to wait before the next; asked after each.</param>
internal sealed class CoalescedTurns(Func<Task> commit, Func<Task> store, Action undo, Func<Task> pause)
{
    private List<Turn> _turns = [];

    /// <summary>Those that wait for no plan, in a pause.</summary>
    private List<Turn> _additions = [];
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<Action> _reads = [];
    private bool _isRunning;
    private bool _isPausing;
    private bool _isAdding;

    private sealed record Turn(Action Change)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>
    /// Makes a change; done once it is stored and told. What the storage refuses it throws, and nothing was changed. Made again where
    /// another that was to be stored with it fails by itself.
    /// </summary>
    public Task Do(Action change)
    {
        var turn = new Turn(change);
        _turns.Add(turn);
        if (!_isRunning) _ = Run();
        return turn.Done.Task;
    }

    /// <summary>
    /// The same of a change whose caller needs no plan: in the pause after a large one it is stored at once, and planned for after the pause.
    /// </summary>
    public Task Add(Action change)
    {
        if (!_isPausing) return Do(change);
        var turn = new Turn(change);
        _additions.Add(turn);
        _added.TrySetResult();
        return turn.Done.Task;
    }

    /// <summary>Reads what is stored, never what is yet to be.</summary>
    public Task<T> Read<T>(Func<T> read)
    {
        if (!_isRunning || (_isPausing && !_isAdding)) return Task.FromResult(read());
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reads.Add(() => Complete(answer, read));
        return answer.Task;
    }

    private async Task Run()
    {
        _isRunning = true;
        while (_turns.Count > 0)
        {
            var turns = _turns;
            _turns = [];
            await Commit(turns, commit);
            Answer();
            _isPausing = true;
            await Pause();
            _isPausing = false;
        }
        _isRunning = false;
    }

    private async Task Pause()
    {
        var over = pause();
        var isPlanDue = false;
        while (!over.IsCompleted)
        {
            if (_additions.Count == 0)
            {
                if (_added.Task.IsCompleted) _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
                await Task.WhenAny(over, _added.Task);
                continue;
            }
            var turns = _additions;
            _additions = [];
            (_isAdding, isPlanDue) = (true, true);
            await Commit(turns, store);
            Answer();
            _isAdding = false;
        }
        await over;
        _turns.AddRange(_additions);
        _additions.Clear();
        if (isPlanDue) _turns.Add(new Turn(static () => { }));
    }

    private void Answer()
    {
        var reads = _reads;
        _reads = [];
        foreach (var read in reads) read();
    }

    private async Task Commit(List<Turn> turns, Func<Task> commit)
    {
        try
        {
            Make(turns);
            await commit();
            foreach (var turn in turns) turn.Done.SetResult();
        }
        catch (Exception e)
        {
            undo();
            foreach (var turn in turns) turn.Done.TrySetException(e);
        }
    }

    /// <summary>One that fails is taken back and left out: it is its caller's fault alone.</summary>
    private void Make(List<Turn> turns)
    {
        for (var i = 0; i < turns.Count; i++)
        {
            try
            {
                turns[i].Change();
            }
            catch (Exception e)
            {
                undo();
                turns[i].Done.SetException(e);
                turns.RemoveAt(i);
                i = -1;
            }
        }
    }

    private static void Complete<T>(TaskCompletionSource<T> answer, Func<T> read)
    {
        try
        {
            answer.SetResult(read());
        }
        catch (Exception e)
        {
            answer.SetException(e);
        }
    }
}
