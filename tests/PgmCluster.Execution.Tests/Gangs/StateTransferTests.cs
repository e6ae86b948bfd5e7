using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Wire;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Gangs;

public class StateTransferTests
{
    /// <summary>Elements of a weight matrix; four tensors of its size are more than the system's buffers hold.</summary>
    private const int Rows = 2048;

    [Fact]
    public void Send_PeerLeavesMeanwhile_CopiesLiveUntilNoConnectionReadsThem()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Linear(Rows, Rows);
        var specification = SpecificationJson.Parse(TestRuns.Work("classifier", 1).Specification);
        using var state = new TrainingState(model, specification.Training, specification.Numerics);
        var (sender, receiver) = Connected();
        var copies = new List<Tensor>();
        Tensor Copy(Tensor tensor)
        {
            var copy = tensor.detach().clone();
            copies.Add(copy);
            return copy;
        }

        receiver.SayBye([]);
        Assert.Throws<GangBrokenException>(() =>
        {
            var transfer = new StateTransfer(sender, Copy);
            transfer.Send(state, [], [1]);
            transfer.AwaitSent();
        });

        Assert.NotEmpty(copies);
        Assert.All(copies, copy => Assert.False(copy.IsInvalid, "A copy is freed while a connection may read it."));
        receiver.Dispose();
        sender.Dispose();
        Assert.All(copies, copy => Assert.True(copy.IsInvalid, "A copy outlives the generation."));
    }

    private static (PeerMesh Zero, PeerMesh One) Connected()
    {
        using var zero = new DataPlane(IPAddress.Loopback, options: PatientGang.Options);
        using var one = new DataPlane(IPAddress.Loopback, options: PatientGang.Options);
        GangPeer[] peers = [new("zero", zero.Address, 3), new("one", one.Address, -1)];
        var secret = RandomNumberGenerator.GetBytes(32);
        PeerMesh Join(int rank) =>
            PeerMesh.Join(
                new GangSeat { RunId = "run", Generation = 1, Secret = secret, Rank = rank, Peers = peers }, rank == 0 ? zero : one,
                _ => { });
        var joining = Task.Run(() => Join(1));
        return (Join(0), joining.Result);
    }
}
