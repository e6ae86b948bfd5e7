using PgmCluster.Execution.Wire;
using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>
/// The sum of all members' gradients in the canonical tree. Every member owns a segment of the vector: it gets everybody's sums of it
/// (reduce-scatter), adds them in the tree's order and sends the result to all (all-gather), block by block.
/// </summary>
/// <remarks>
/// A peer can be one step ahead, not two: it needs this member's result for each step. Its sums for the next step may therefore arrive
/// while this member still waits for others, but only after this member's own segment of the present step is done, so one buffer serves.
/// </remarks>
public sealed class StepExchange : GradientExchange, IFrameReceiver
{
    /// <summary>Elements of a block: 1 MiB. Each block that arrives wakes the device's thread.</summary>
    private const long Block = 256 * 1024;

    private readonly Gang _gang;
    private readonly PeerMesh _mesh;
    private readonly Tensor _gradient;
    private readonly Tensor _result;
    private readonly NativeBlock _resultBlock;
    private readonly Dictionary<int, (Tensor Sum, NativeBlock Memory)[]> _received = [];
    private readonly Cursor[] _parts;
    private readonly Cursor[] _results;
    private readonly bool _isStaged;
    private Tensor[] _staging = [];
    private int _sentEarly;

    /// <param name="gang">The present generation; begins to take contributions, and frees this with itself.</param>
    /// <param name="microBatches">V.</param>
    /// <param name="step">The first step that will be exchanged.</param>
    /// <param name="gradient">F32 [P]: where the results go.</param>
    public StepExchange(Gang gang, int microBatches, long step, Tensor gradient)
        : base(new GangPlan(gang.Size, microBatches, gradient.shape[0]))
    {
        (_gang, _mesh, _gradient) = (gang, gang.Mesh, gradient);
        _isStaged = gradient.device_type != TorchSharp.DeviceType.CPU;
        using var scope = NewDisposeScope();
        _result = _isStaged ? empty(gradient.shape, dtype: float32, device: CPU).DetachFromDisposeScope() : gradient;
        _resultBlock = NativeBlock.Of(_result);
        var own = Plan.Segments[gang.Rank].Length;
        foreach (var rank in _mesh.Others)
        {
            _received[rank] = [.. Plan.Nodes[rank].Select(_ =>
            {
                var sum = empty(own, dtype: float32, device: CPU).DetachFromDisposeScope();
                return (sum, NativeBlock.Of(sum));
            })];
        }
        _parts = [.. Enumerable.Range(0, gang.Size).Select(r => new Cursor(step, Plan.Nodes[r].Count, own * sizeof(float)))];
        _results = [.. Enumerable.Range(0, gang.Size).Select(r => new Cursor(step, 1, Plan.Segments[r].Length * sizeof(float)))];
        _mesh.Own(this);
        _mesh.Receive(this, FrameKind.Part, FrameKind.Result);
    }

    internal override void LeafDone(long step, GradientTree tree)
    {
        // Sums that lie on a GPU are copied first, all together.
        if (_isStaged) return;
        var nodes = Plan.Nodes[_gang.Rank];
        while (_sentEarly < tree.Nodes.Count && tree.Nodes[_sentEarly] is var (node, sum) && node == nodes[_sentEarly])
            SendParts(step, _sentEarly++, NativeBlock.Of(sum));
    }

    internal override IReadOnlyList<StepHead> Run(long step, IReadOnlyList<Tensor> sums, StepHead head, double scale)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        _mesh.Broadcast(FrameKind.Head, step, head.Write());
        var own = Stage(sums);
        for (var place = _sentEarly; place < own.Count; place++) SendParts(step, place, NativeBlock.Of(own[place]));
        _sentEarly = 0;

        AddOwnSegment(step, own, scale);
        bool HasResult(int rank) => _results[rank].HasCompleted(step);
        _mesh.Wait(() => _mesh.Others.All(HasResult), r => !HasResult(r), $"the gradient of step {step}");
        var heads = _gang.Heads(step, head);
        _mesh.WaitUntilSent();
        if (_isStaged) _gradient.copy_(_result);
        return heads;
    }

    Memory<byte> IFrameReceiver.Destination(int rank, Frame frame)
    {
        if (frame.Kind == FrameKind.Part)
        {
            _parts[rank].Expect(rank, frame);
            return _received[rank][frame.Number].Memory.Memory(frame.Offset, frame.Length);
        }
        _results[rank].Expect(rank, frame);
        return _resultBlock.Memory(Plan.Segments[rank].Offset * sizeof(float) + frame.Offset, frame.Length);
    }

    void IFrameReceiver.Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload) =>
        (frame.Kind == FrameKind.Part ? _parts : _results)[rank].Advance(frame.Length);

    public override void Dispose()
    {
        foreach (var (sum, _) in _received.Values.SelectMany(r => r)) sum.Dispose();
        foreach (var tensor in _staging) tensor.Dispose();
        if (_isStaged) _result.Dispose();
    }

    private void SendParts(long step, int place, NativeBlock sum)
    {
        foreach (var rank in _mesh.Others)
        {
            var (first, length) = (Plan.Segments[rank].Offset * sizeof(float), Plan.Segments[rank].Length * sizeof(float));
            for (long offset = 0; offset < length; offset += Block * sizeof(float))
            {
                var block = sum.Part(first + offset, Math.Min(Block * sizeof(float), length - offset));
                _mesh.Send(rank, FrameKind.Part, step, place, offset, block);
            }
        }
    }

    private void AddOwnSegment(long step, IReadOnlyList<Tensor> own, double scale)
    {
        var (first, length) = Plan.Segments[_gang.Rank];
        for (long offset = 0; offset < length; offset += Block)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(Block, length - offset);
            bool Has(int rank) => _parts[rank].Has(step, (offset + count) * sizeof(float));
            _mesh.Wait(() => _mesh.Others.All(Has), r => !Has(r), $"the sums of step {step}");
            var parts = Enumerable.Range(0, _gang.Size).SelectMany(rank => rank == _gang.Rank
                ? own.Select(s => s.narrow(0, first + offset, count))
                : _received[rank].Select(r => r.Sum.narrow(0, offset, count))).ToArray();
            foreach (var (into, from) in Plan.Additions) parts[into].add_(parts[from]);
            var result = _result.narrow(0, first + offset, count).copy_(parts[Plan.Root]).mul_(scale);
            _mesh.Broadcast(FrameKind.Result, step, 0, offset * sizeof(float), NativeBlock.Of(result));
        }
    }

    private IReadOnlyList<Tensor> Stage(IReadOnlyList<Tensor> sums)
    {
        if (!_isStaged) return sums;
        if (_staging.Length == 0) _staging = [.. sums.Select(s => empty(s.shape, dtype: float32, device: CPU).DetachFromDisposeScope())];
        for (var i = 0; i < sums.Count; i++) _staging[i].copy_(sums[i]);
        return _staging;
    }

    /// <summary>
    /// How far a peer's blocks have come, which arrive in order: step by step, sum by sum, block by block. Its connection alone changes it.
    /// </summary>
    private sealed class Cursor(long firstStep, int sums, long length)
    {
        private readonly long _eachStep = sums * length;

        /// <summary>Of all steps together: one number, of which the device's thread never sees one half from before a change.</summary>
        private long _bytes;

        public void Expect(int rank, Frame frame)
        {
            var (steps, bytes) = Math.DivRem(_bytes, Math.Max(1, _eachStep));
            var isDue = frame.Step == firstStep + steps && frame.Number * length + frame.Offset == bytes;
            if (isDue && frame.Offset + frame.Length <= length && frame.Number < sums) return;
            throw new InvalidDataException($"Rank {rank} sent block {frame.Number}/{frame.Offset} of step {frame.Step} "
                + $"where byte {bytes} of step {firstStep + steps} was due.");
        }

        public void Advance(int bytes) => Volatile.Write(ref _bytes, _bytes + bytes);

        /// <summary>True once the last of the sums has come so far, and the others with it.</summary>
        public bool Has(long step, long bytesOfLast) =>
            Volatile.Read(ref _bytes) >= ((step - firstStep) * _eachStep) + ((sums - 1) * length) + bytesOfLast;

        /// <summary>At once where an owner has nothing (a tiny model, a large gang), and sends nothing.</summary>
        public bool HasCompleted(long step) => Has(step, length);
    }
}
