namespace PgmCluster.Execution.Drawing.Orders;

/// <summary>One picture that was drawn.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Png">The picture.</param>
/// <param name="Codes">Its tokens row by row.</param>
/// <param name="Revealed">For each the step, from 0, in which it was revealed.</param>
public sealed record DrawnImage(string Id, byte[] Png, int[] Codes, int[] Revealed);
