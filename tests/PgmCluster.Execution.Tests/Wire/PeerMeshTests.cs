using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Tests.Gangs;
using PgmCluster.Execution.Wire;

namespace PgmCluster.Execution.Tests.Wire;

/// <summary>What a member's connections have to do with each other: nothing.</summary>
public sealed class PeerMeshTests : IDisposable
{
    private const int Members = 3;

    private readonly DataPlane[] _planes = [.. Enumerable.Range(0, Members).Select(
        _ => new DataPlane(IPAddress.Loopback, options: PatientGang.Options))];

    [Fact]
    public async Task Arrived_WhileWhatAnotherPeerBroughtIsTaken_WaitsForNothing()
    {
        using var both = new Meeting();
        var meshes = await JoinAsync(mesh => mesh.Receive(both, FrameKind.Part));
        foreach (var mesh in meshes.Skip(1)) mesh.Send(0, FrameKind.Part, 0, [1]);
        await both.Met.WaitAsync(TimeSpan.FromMinutes(5));
        await EndAsync(meshes);
    }

    [Fact]
    public async Task Wait_AFrameHasAnImpossibleKind_SaysSoAtOnce()
    {
        var meshes = await JoinAsync(_ => { });
        meshes[1].Send(0, (FrameKind)77, 0, []);
        var broken = await Assert.ThrowsAsync<GangBrokenException>(
            () => Task.Run(() => meshes[0].Wait(() => false, _ => true, "nothing")));
        Assert.Equal("Rank 1 sent a frame of kind 77, which this version does not know.", broken.Message);
        Assert.Equal(["worker1"], broken.Lost);
        await EndAsync(meshes);
    }

    public void Dispose()
    {
        foreach (var plane in _planes) plane.Dispose();
    }

    private async Task<PeerMesh[]> JoinAsync(Action<PeerMesh> prepare)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        GangPeer[] peers = [.. _planes.Select((plane, rank) => new GangPeer($"worker{rank}", plane.Address, 0))];
        return await Task.WhenAll(peers.Select((_, rank) => Task.Factory.StartNew(
            () => PeerMesh.Join(
                new GangSeat { RunId = "run", Generation = 1, Secret = secret, Rank = rank, Peers = peers }, _planes[rank], prepare),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    private static Task EndAsync(PeerMesh[] meshes) => Task.WhenAll(meshes.Select(mesh => Task.Run(mesh.Dispose)));

    /// <summary>Takes nothing to its end before both of the others have brought something.</summary>
    private sealed class Meeting : IFrameReceiver, IDisposable
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CountdownEvent _missing = new(Members - 1);

        public Task Met => _met.Task;

        public Memory<byte> Destination(int rank, Frame frame) => new byte[frame.Length];

        public void Arrived(int rank, Frame frame, ReadOnlyMemory<byte> payload)
        {
            _missing.Signal();
            if (_missing.Wait(TimeSpan.FromMinutes(5))) _met.TrySetResult();
        }

        public void Dispose() => _missing.Dispose();
    }
}
