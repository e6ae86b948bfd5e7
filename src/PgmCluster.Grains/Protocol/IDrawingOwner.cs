using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace PgmCluster.Grains.Protocol;

/// <summary>A grain for which a device draws while somebody waits.</summary>
[Alias("pgm.IDrawingOwner"), Version(0)]
public interface IDrawingOwner : IGrainWithStringKey
{
    /// <summary>A lane of the device hands over what it has drawn, whatever the generation, and asks for more.</summary>
    /// <returns>After a few seconds at most, also with nothing: then it asks again.</returns>
    [Alias("Next"), AlwaysInterleave]
    Task<DrawingTurn> Next(DrawingHandover handover);
}
