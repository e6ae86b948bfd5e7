using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Speed;

/// <summary>A model under a sampler whose speed is measured.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Model">The model.</param>
/// <param name="Settings">The sampler's settings.</param>
/// <param name="Height">Rows of the code grid.</param>
/// <param name="Width">Columns of the code grid.</param>
/// <param name="Classes">Labels are drawn below this.</param>
/// <param name="Parameters">Number of parameters.</param>
public sealed record SpeedSubject(
    string Name, ITokenModel Model, TokenSamplerSettings Settings, int Height, int Width, int Classes, long Parameters);
