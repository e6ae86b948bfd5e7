using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Tests.Wire;

public class GangSeatTests
{
    /// <summary>Members that were told different things about one generation would wait for each other for ever.</summary>
    [Fact]
    public void Proof_DiffersWhereTheOwnerSaidOtherwise_AndIsPlainForTheVersionBefore()
    {
        var seat = GangSeat.Alone("run", 1, "worker") with { Secret = [1, 2, 3] };
        byte[][] proofs =
        [
            (seat with { Protocol = 0 }).Proof, (seat with { Protocol = 3 }).Proof, (seat with { Protocol = 2 }).Proof,
            (seat with { Protocol = 3, Begins = true }).Proof,
        ];

        Assert.Equal([1, 2, 3], proofs[0]);
        Assert.Equal(4, proofs.Select(Convert.ToHexString).Distinct().Count());
    }
}
