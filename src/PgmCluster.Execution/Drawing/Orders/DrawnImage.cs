namespace PgmCluster.Execution.Drawing.Orders;

/// <summary>What has become of one picture that was wanted.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Png">The picture.</param>
/// <param name="Codes">Its tokens row by row.</param>
/// <param name="Revealed">For each the step, from 0, in which it was revealed.</param>
public sealed record DrawnImage(string Id, byte[] Png, int[] Codes, int[] Revealed)
{
    /// <summary>Why it was not drawn, in one line; null where it was.</summary>
    public string? Error { get; private init; }

    /// <summary>One that cannot be drawn as it is wanted.</summary>
    public static DrawnImage Refused(string id, string why) => new(id, [], [], []) { Error = why };
}
