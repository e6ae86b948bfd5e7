using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Drawing;

/// <summary>
/// Document of <see cref="WorkKinds.Draw"/>: which model is kept loaded. What is drawn comes by the work's channel. The result is a
/// <see cref="DrawResult"/>.
/// </summary>
public sealed record DrawWork
{
    /// <summary>Weights of the generative model.</summary>
    public required ArtifactInfo Model { get; init; }

    /// <summary>Weights of its tokenizer.</summary>
    public required ArtifactInfo Tokenizer { get; init; }

    /// <summary>Threads inside one operator of a lane on CPUs.</summary>
    public required int Threads { get; init; }
}

/// <summary>Result of drawing while somebody waited.</summary>
/// <param name="Pictures">How many were drawn.</param>
public sealed record DrawResult(long Pictures);
