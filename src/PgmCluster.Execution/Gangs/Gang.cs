using System.Collections.Concurrent;
using System.Diagnostics;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Gangs;

/// <summary>
/// One generation of a gang as a member sees it: what members tell each other in it and how it ends. What is sent belongs to this
/// generation only; after a break nothing of it is used any more.
/// </summary>
public sealed class Gang : IDisposable
{
    private readonly int _digestSteps;

    /// <summary>By rank, in the order of steps: a peer can be one ahead.</summary>
    private readonly ConcurrentQueue<(long Step, StepHead Head)>[] _heads;
    private readonly bool[] _finished;
    private volatile byte[]? _communicatorId;

    private Gang(GangSeat seat, int digestSteps, Func<Gang, PeerMesh> connect)
    {
        (Seat, _digestSteps) = (seat, digestSteps);
        _heads = [.. seat.Peers.Select(_ => new ConcurrentQueue<(long, StepHead)>())];
        _finished = new bool[seat.Peers.Count];
        Mesh = connect(this);
    }

    public GangSeat Seat { get; }

    public int Rank => Seat.Rank;

    public int Size => Seat.Peers.Count;

    /// <summary>The connections.</summary>
    internal PeerMesh Mesh { get; }

    /// <summary>A generation of one member.</summary>
    public static Gang Alone(GangSeat seat) => new(seat, 1, _ => PeerMesh.Alone(seat));

    /// <summary>Connects to all members of the generation.</summary>
    /// <exception cref="GangBrokenException">A member was not reached in time.</exception>
    public static Gang Join(GangSeat seat, DataPlane plane)
    {
        if (seat.Peers.Count > 1) return new Gang(seat, plane.Options.DigestSteps, gang => PeerMesh.Join(seat, plane, gang.TakeMessages));
        // Who comes later connects anew: nobody looks after connections to those who are gone.
        plane.Kept.Forget(seat);
        return Alone(seat);
    }

    /// <summary>Gives all members the state of those that have done most steps, and compares the weights.</summary>
    /// <param name="state">This member's.</param>
    /// <param name="metrics">Of the last steps, newest last; replaced where a state is received.</param>
    /// <param name="load">
    /// Fills the state where no member has one: called on the source only, or on every member where all begin alike.
    /// </param>
    /// <param name="holds">Told false before the state is overwritten, and true once it is a state again.</param>
    /// <param name="alike">Whether the members begin a run with the same bits, each by itself.</param>
    /// <exception cref="GangBrokenException">A peer was lost meanwhile.</exception>
    /// <exception cref="WorkDivergedException">The members' weights differ.</exception>
    public void Synchronize(TrainingState state, List<StepMetrics> metrics, Action load, Action<bool> holds, bool alike)
    {
        void Load()
        {
            holds(false);
            load();
            holds(true);
        }

        if (Seat.Begins && alike && Seat.Protocol >= GangProtocol.Trees) Load();
        else Spread(state, metrics, Load, holds);
        if (Size == 1) return;
        var own = new StepHead { Digest = WeightDigest.Of(state) };
        Mesh.Broadcast(FrameKind.Head, -1, own.Write());
        WeightDigest.Compare(Seat, state.Step, own.Digest, Heads(-1, own, judgeHung: false));
    }

    private void Spread(TrainingState state, List<StepMetrics> metrics, Action load, Action<bool> holds)
    {
        var tree = StateTree.Of(Seat);
        var transfer = new StateTransfer(Mesh);
        var (parent, children) = (tree.ParentOf(Rank), tree.ChildrenOf(Rank));
        if (parent >= 0)
        {
            holds(false);
            transfer.Receive(state, parent, children, metrics);
            holds(true);
        }
        else
        {
            if (Rank == Seat.Source && Seat.Peers[Rank].Step < 0) load();
            transfer.Send(state, metrics, children);
        }
        transfer.AwaitSent();
    }

    /// <summary>The digest of the weights where members compare them before this step; 0 otherwise.</summary>
    internal ulong DueDigest(TrainingState state) => state.Step % _digestSteps == 0 ? WeightDigest.Of(state) : 0;

    /// <summary>Hands what the first member makes to all; once in a generation.</summary>
    /// <exception cref="GangBrokenException">The first member was lost before.</exception>
    internal byte[] TakeFromFirst(Func<byte[]> make)
    {
        if (Rank == 0)
        {
            var made = make();
            Mesh.Broadcast(FrameKind.CommunicatorId, 0, made);
            return made;
        }
        Mesh.Wait(() => _communicatorId is not null, rank => rank == 0, "the communicator's id", judgeHung: false);
        return _communicatorId!;
    }

    /// <summary>All members' heads of a step by rank, this one's among them.</summary>
    internal IReadOnlyList<StepHead> Heads(long step, StepHead own, bool judgeHung = true)
    {
        bool Has(int rank) => _heads[rank].TryPeek(out var next) && next.Step == step;
        Mesh.Wait(() => Mesh.Others.All(Has), rank => !Has(rank), step < 0 ? "the members' digests" : $"step {step}", judgeHung);
        StepHead Take(int rank) => rank == Rank ? own : _heads[rank].TryDequeue(out var next) ? next.Head : throw new UnreachableException();
        return [.. Enumerable.Range(0, Size).Select(Take)];
    }

    /// <summary>Does something between steps that may take longer than any step without this device being hung.</summary>
    public void DoUnjudged(Action work) => Mesh.DoUnjudged(work);

    /// <summary>Tells how long a step took, for the judgement of what is hung.</summary>
    public void StepTook(TimeSpan duration) => Mesh.StepTook(duration);

    /// <summary>The run's result stands: the others need not stay.</summary>
    public void TellFinished()
    {
        Mesh.Broadcast(FrameKind.Finished, 0, []);
        try
        {
            Mesh.WaitUntilSent();
        }
        catch (GangBrokenException)
        {
            // Whoever does not hear it goes to a meeting, and hears it there.
        }
    }

    /// <summary>Waits for <see cref="TellFinished"/> of a member.</summary>
    /// <exception cref="GangBrokenException">It was lost before.</exception>
    public void AwaitFinished(int rank) => Mesh.Wait(() => Volatile.Read(ref _finished[rank]), r => r == rank, "the run's result", judgeHung: false);

    /// <summary>Tells the others that this member goes to the next meeting, and why.</summary>
    public void SayBye(IReadOnlyList<string> lost) => Mesh.SayBye(lost);

    public void Dispose() => Mesh.Dispose();

    private void TakeMessages(PeerMesh mesh)
    {
        mesh.Receive(
            new MessageReceiver((rank, frame, head) => _heads[rank].Enqueue((frame.Step, StepHead.Read(head)))), FrameKind.Head);
        mesh.Receive(new MessageReceiver((rank, _, _) => Volatile.Write(ref _finished[rank], true)), FrameKind.Finished);
        mesh.Receive(new MessageReceiver((rank, _, id) => _communicatorId = rank == 0 ? id : _communicatorId), FrameKind.CommunicatorId);
    }
}
