using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Gangs;

/// <summary>
/// Who gives the state to whom in a generation: a function of its seats alone, the same for every member. Each member that has the state,
/// or is getting it, passes it on to two others at most, block by block; so nobody's line carries more than two copies, however many
/// members there are, and a block has reached all after the logarithm of their number.
/// </summary>
public sealed class StateTree
{
    private const int ChildrenEach = 2;

    private readonly int[] _parents;

    private StateTree(int[] parents, int depth) => (_parents, Depth) = (parents, depth);

    /// <summary>How often a block is passed on before all have it; 0 where nobody needs it.</summary>
    public int Depth { get; }

    /// <param name="seat">Any member's of the generation.</param>
    public static StateTree Of(GangSeat seat)
    {
        var (size, source) = (seat.Peers.Count, seat.Source);
        var step = seat.Peers[source].Step;
        // Where nobody has a state the source gets one from elsewhere.
        bool Has(int rank) => rank == source || (step >= 0 && seat.Peers[rank].Step == step);
        var parents = Enumerable.Repeat(-1, size).ToArray();
        var behind = Enumerable.Range(0, size).Where(r => !Has(r)).ToArray();
        if (seat.Protocol < GangProtocol.Trees)
        {
            foreach (var rank in behind) parents[rank] = source;
            return new StateTree(parents, Math.Min(1, behind.Length));
        }
        int[] givers = [source, .. Enumerable.Range(0, size).Where(r => r != source && Has(r))];
        var depth = 0;
        for (var done = 0; done < behind.Length; depth++)
        {
            var next = behind[done..Math.Min(behind.Length, done + ChildrenEach * givers.Length)];
            for (var i = 0; i < next.Length; i++) parents[next[i]] = givers[i % givers.Length];
            (givers, done) = (next, done + next.Length);
        }
        return new StateTree(parents, depth);
    }

    /// <summary>From whom this rank gets the state; -1 where it has it.</summary>
    public int ParentOf(int rank) => _parents[rank];

    /// <summary>To whom this rank gives it.</summary>
    public IReadOnlyList<int> ChildrenOf(int rank) => [.. Enumerable.Range(0, _parents.Length).Where(r => _parents[r] == rank)];
}
