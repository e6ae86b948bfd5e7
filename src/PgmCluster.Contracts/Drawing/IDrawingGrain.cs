using Orleans.CodeGeneration;
using Orleans.Concurrency;
using PgmCluster.Contracts.Callers;

namespace PgmCluster.Contracts.Drawing;

/// <summary>
/// Draws a few pictures at a time from a model that stays loaded on a device for a while. The key is the id of the model's training run.
/// </summary>
[Alias("pgm.IDrawingGrain"), Version(0)]
public interface IDrawingGrain : IGrainWithStringKey
{
    /// <summary>
    /// Asks for pictures and waits a few seconds for them. The same request again means the same pictures: it is how a caller goes on
    /// waiting (<see cref="DrawingCalls.DrawAsync"/> does so). Nothing is stored. What nobody asks for again is forgotten.
    /// </summary>
    /// <exception cref="Errors.InvalidRequestException">The model cannot draw that.</exception>
    /// <exception cref="Errors.PgmException">It was drawn and failed, or too many pictures wait.</exception>
    [Alias("Draw"), AlwaysInterleave, Audited]
    Task<DrawingAnswer> Draw(DrawingRequest request);
}
