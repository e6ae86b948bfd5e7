using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>Several members that are lost at once.</summary>
public sealed class SilentPeersTests : IDisposable
{
    private readonly DataPlane[] _planes = [.. Enumerable.Range(0, 5).Select(
        _ => new DataPlane(IPAddress.Loopback, options: new GangOptions { PeerTimeout = TimeSpan.FromSeconds(5) }))];

    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whoever goes to the meeting with one of their names only waits there for the other.</summary>
    [Fact]
    public async Task Wait_OneEndsAndAnotherIsSilent_AllNameBothAtOnce()
    {
        var members = Enumerable.Range(0, 3).Select(rank => Start(() =>
        {
            using var gang = Gang.Join(Seat(rank), _planes[rank]);
            var broken = Assert.Throws<GangBrokenException>(() => gang.Heads(0, new StepHead()));
            gang.SayBye(broken.Lost);
            return broken.Lost;
        })).ToArray();
        var silent = Start(() => Connect(3));
        var ended = Start(() => Connect(4));
        foreach (var link in await ended) link.Dispose();

        Assert.All(await Task.WhenAll(members), lost => Assert.Equal(["worker3", "worker4"], lost.Order()));
        foreach (var link in await silent) link.Dispose();
    }

    public void Dispose()
    {
        foreach (var plane in _planes) plane.Dispose();
    }

    private static Task<T> Start<T>(Func<T> member) => Task.Factory.StartNew(member, TaskCreationOptions.LongRunning);

    private List<PeerLink> Connect(int rank)
    {
        var links = new List<PeerLink>();
        GangConnecting.ConnectAll(Seat(rank), _planes[rank], (_, link) => links.Add(link));
        return links;
    }

    private GangSeat Seat(int rank) => new()
    {
        RunId = "run",
        Generation = 1,
        Secret = _secret,
        Rank = rank,
        Peers = [.. _planes.Select((plane, i) => new GangPeer($"worker{i}", plane.Address, 0))],
    };
}
