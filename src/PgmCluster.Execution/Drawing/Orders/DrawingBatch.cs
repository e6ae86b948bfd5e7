using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Drawing.Orders;

/// <summary>Pictures that are drawn together.</summary>
/// <param name="Settings">How all of them are drawn.</param>
/// <param name="Orders">At least one.</param>
public sealed record DrawingBatch(SamplerSettings Settings, IReadOnlyList<DrawingOrder> Orders);

/// <summary>One picture that is wanted.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Label">Class by index.</param>
/// <param name="Seed">With the index it decides every draw.</param>
/// <param name="Index">Of the picture in its request.</param>
public sealed record DrawingOrder(string Id, int Label, long Seed, int Index);
