using System.IO.Hashing;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>How members find out that their weights differ, which a device or memory that computes wrongly does without a sign.</summary>
internal static class WeightDigest
{
    private const int Block = 256 * 1024;

    /// <summary>XXH3 over the weights.</summary>
    public static ulong Of(TrainingState state)
    {
        using var scope = NewDisposeScope();
        var hash = new XxHash3();
        var weights = NativeBlock.Of(HostRead.Copy(state.Parameters.Values));
        for (long offset = 0; offset < weights.Length; offset += Block)
            hash.Append(weights.Span(offset, (int)Math.Min(Block, weights.Length - offset)));
        return hash.GetCurrentHashAsUInt64();
    }

    /// <param name="seat">Names the members.</param>
    /// <param name="step">The step before which they are compared.</param>
    /// <param name="own">This member's; 0 where none was due.</param>
    /// <param name="heads">All members', by rank.</param>
    /// <exception cref="WorkDivergedException">They differ.</exception>
    public static void Compare(GangSeat seat, long step, ulong own, IReadOnlyList<StepHead> heads)
    {
        if (own == 0 || heads.All(h => h.Digest == own)) return;
        var members = string.Join(", ", heads.Select((h, r) => $"{seat.Peers[r].Worker}: {h.Digest:x16}"));
        throw new WorkDivergedException(
            $"Comparing the members' weights before step {step}: they differ ({members}). "
            + "A device or its memory computes wrongly: take it out, then resume from the last checkpoint.");
    }
}
