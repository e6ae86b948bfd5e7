using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Gangs;

/// <summary>Passes a state on to others while it arrives. Called on the thread that receives it, so that all stays in order.</summary>
/// <param name="mesh">The present generation.</param>
/// <param name="to">Ranks.</param>
internal sealed class StateRelay(PeerMesh mesh, IReadOnlyList<int> to)
{
    /// <summary>What precedes the state.</summary>
    public void PassOn(Frame frame, byte[] head)
    {
        foreach (var rank in to) mesh.Send(rank, frame.Kind, frame.Step, head);
    }

    /// <param name="frame">Names a block.</param>
    /// <param name="memory">Where its tensor lies.</param>
    public void PassOn(Frame frame, NativeBlock memory)
    {
        var block = memory.Part(frame.Offset, frame.Length);
        foreach (var rank in to) mesh.Send(rank, frame.Kind, frame.Step, frame.Number, frame.Offset, block);
    }
}
