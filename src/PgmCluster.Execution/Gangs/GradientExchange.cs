using PgmCluster.Execution.Wire;
using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs;

/// <summary>How the members of a generation come to one gradient out of what each has computed of it.</summary>
public abstract class GradientExchange : IDisposable
{
    private protected GradientExchange(GangPlan plan) => Plan = plan;

    /// <summary>Who computes which leaves.</summary>
    public GangPlan Plan { get; }

    /// <summary>
    /// A leaf of this member's has been added to its tree, and it is not the last: what later leaves add nothing to may be sent already.
    /// </summary>
    internal virtual void LeafDone(long step, GradientTree tree) { }

    /// <summary>
    /// Exchanges one step. When it returns the gradient's memory holds the scaled sum of all leaves, the same bits on every member.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="sums">This member's, F32 [P] each, in the order of its nodes; overwritten.</param>
    /// <param name="head">What goes with them.</param>
    /// <param name="scale">One over V.</param>
    /// <returns>The heads of all members by rank.</returns>
    /// <exception cref="GangBrokenException">A peer was lost; no state was changed.</exception>
    internal abstract IReadOnlyList<StepHead> Run(long step, IReadOnlyList<Tensor> sums, StepHead head, double scale);

    public abstract void Dispose();
}
