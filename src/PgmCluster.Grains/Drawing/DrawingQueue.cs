using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Drawing;

/// <summary>Pictures that are wanted, in the order in which they were asked for. All of it belongs to one grain.</summary>
/// <param name="time">Tells what nobody asks for any more.</param>
internal sealed class DrawingQueue(TimeProvider time)
{
    /// <summary>Pictures that wait, or were drawn and are kept for who asks again.</summary>
    public const int Most = 4096;

    /// <summary>Who waits asks again every few seconds.</summary>
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_looks = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PictureKey, WantedPicture> _pictures = [];
    private readonly Dictionary<string, WantedPicture> _byId = [];
    private readonly LinkedList<WantedPicture> _waiting = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _numbers;
    private long _forgot = time.GetTimestamp();

    /// <summary>Whether a picture waits for a device.</summary>
    public bool HasWaiting => _waiting.Count > 0;

    /// <summary>When something was last wanted or drawn, by the time provider's timestamp.</summary>
    public long Touched { get; private set; } = time.GetTimestamp();

    /// <summary>Ends when a picture begins to wait.</summary>
    public Task Arrived => HasWaiting ? Task.CompletedTask : _arrived.Task;

    /// <summary>Whether there is room for so many more, once what nobody asks for any more is let go.</summary>
    public bool HasRoom(int count)
    {
        Forget();
        return _pictures.Count + count <= Most;
    }

    /// <summary>A picture that is wanted, or still is.</summary>
    public WantedPicture Ask(PictureKey key)
    {
        Touched = time.GetTimestamp();
        if (!_pictures.TryGetValue(key, out var picture))
        {
            _pictures[key] = picture = new WantedPicture(++_numbers, key);
            _byId[picture.Id] = picture;
            Wait(_waiting.AddLast, picture);
        }
        picture.Touched = Touched;
        return picture;
    }

    /// <summary>What a lane is to draw next: the first that waits, with others that are drawn in the same way.</summary>
    public IReadOnlyList<WantedPicture> Take(string lane, int most)
    {
        var taken = new List<WantedPicture>();
        for (var node = _waiting.First; node is not null && taken.Count < most;)
        {
            var (picture, next) = (node.Value, node.Next);
            if (taken.Count == 0 || picture.Key.Settings == taken[0].Key.Settings)
            {
                _waiting.Remove(node);
                picture.Lane = lane;
                taken.Add(picture);
            }
            node = next;
        }
        if (!HasWaiting && _arrived.Task.IsCompleted) _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return taken;
    }

    /// <summary>A picture is there, whoever was to draw it.</summary>
    public void Complete(DrawingPicture drawn)
    {
        if (!_byId.TryGetValue(drawn.Id, out var picture)) return;
        if (picture.Lane is null) _waiting.Remove(picture);
        picture.Touched = Touched = time.GetTimestamp();
        if (drawn.Error is { } error)
        {
            Remove(picture);
            picture.Fail(new InvalidRequestException(error));
            return;
        }
        picture.Complete(drawn);
    }

    /// <summary>What a lane has not handed over waits again, before all others; of all lanes where none is named.</summary>
    public void TakeBack(string? lane = null)
    {
        // Those asked for last are put in front first.
        foreach (var picture in _pictures.Values
            .Where(p => p.Lane is not null && !p.Drawn.IsCompleted && (lane is null || p.Lane == lane))
            .OrderByDescending(p => p.Number).ToList())
        {
            picture.Lane = null;
            Wait(_waiting.AddFirst, picture);
        }
    }

    /// <summary>Nothing that is wanted can be drawn.</summary>
    public void Fail(Exception reason)
    {
        foreach (var picture in _pictures.Values.Where(p => !p.Drawn.IsCompleted).ToList())
        {
            Remove(picture);
            picture.Fail(reason);
        }
    }

    private void Forget()
    {
        if (time.GetElapsedTime(_forgot) < s_looks) return;
        _forgot = time.GetTimestamp();
        foreach (var picture in _pictures.Values
            .Where(p => (p.Lane is null || p.Drawn.IsCompleted) && time.GetElapsedTime(p.Touched) > s_kept).ToList())
        {
            Remove(picture);
        }
    }

    private void Remove(WantedPicture picture)
    {
        _pictures.Remove(picture.Key);
        _byId.Remove(picture.Id);
        _waiting.Remove(picture);
    }

    private void Wait(Func<WantedPicture, LinkedListNode<WantedPicture>> add, WantedPicture picture)
    {
        add(picture);
        _arrived.TrySetResult();
    }
}
