using System.Text;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>Takes the state of another member, straight into this member's tensors where they lie on the CPU.</summary>
internal sealed class StateReceiver : IFrameReceiver, IDisposable
{
    private readonly TrainingState _state;
    private readonly int _source;
    private readonly StateRelay _relay;
    private readonly Tensor[] _tensors;
    private readonly Tensor[] _staged;
    private readonly NativeBlock[] _blocks;
    private volatile StateHead? _head;
    private long _expected;
    private long _arrived;

    public StateReceiver(TrainingState state, int source, StateRelay relay)
    {
        (_state, _source, _relay) = (state, source, relay);
        using var scope = NewDisposeScope();
        _tensors = [.. state.Everything()];
        _staged = [.. _tensors.Select(t => (IsInPlace(t) ? t.alias() : empty(t.shape, dtype: t.dtype,
            device: CPU)).DetachFromDisposeScope())];
        _blocks = [.. _staged.Select(NativeBlock.Of)];
        Head = new MessageReceiver((rank, frame, payload) =>
        {
            var head = Checked(rank, WorkJson.Read<StateHead>(Encoding.UTF8.GetString(payload)));
            _relay.PassOn(frame, payload);
            // The head last: with it the rest is looked at.
            _expected = head.Lengths.Sum();
            _head = head;
        });
    }

    /// <summary>Takes what precedes the state.</summary>
    public IFrameReceiver Head { get; }

    public bool IsComplete => _head is not null && Volatile.Read(ref _arrived) == _expected;

    public Memory<byte> Destination(int rank, Frame frame)
    {
        if (rank != _source || _head is null || IsComplete || frame.Number < 0 || frame.Number >= _blocks.Length)
            throw new InvalidDataException($"Rank {rank} sent a piece of a state that nobody expects.");
        return _blocks[frame.Number].Memory(frame.Offset, frame.Length);
    }

    public void Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload)
    {
        // Before it counts: once all has come the memory may change as soon as what was queued is sent.
        _relay.PassOn(frame, _blocks[frame.Number]);
        Volatile.Write(ref _arrived, _arrived + frame.Length);
    }

    /// <summary>Makes what has arrived the state.</summary>
    public void Apply(List<StepMetrics> metrics)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        for (var i = 0; i < _tensors.Length; i++)
        {
            if (!IsInPlace(_tensors[i])) _tensors[i].copy_(_staged[i]);
        }
        _state.Step = _head!.Step;
        metrics.Clear();
        metrics.AddRange(_head.Metrics);
    }

    public void Dispose()
    {
        foreach (var tensor in _staged) tensor.Dispose();
    }

    private static bool IsInPlace(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU && tensor.is_contiguous();

    private StateHead Checked(int rank, StateHead head)
    {
        if (rank != _source) throw new InvalidDataException($"Rank {rank} sent a state, but it is to come from rank {_source}.");
        if (!head.Lengths.AsSpan().SequenceEqual(_blocks.Select(b => b.Length).ToArray()))
            throw new InvalidDataException(
                $"The state of rank {rank} has other sizes than this member's: do silos of different versions run?");
        return head;
    }
}
