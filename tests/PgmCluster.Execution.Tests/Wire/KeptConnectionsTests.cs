using System.Net;
using System.Security.Cryptography;
using PgmCluster.Data.Tls;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Tests.Gangs;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Tls;

namespace PgmCluster.Execution.Tests.Wire;

/// <summary>Two members that meet again, over the connection of the generation before where that is still good.</summary>
public sealed class KeptConnectionsTests : IDisposable
{
    private readonly List<DataPlane> _planes = [];
    private long _generation;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Join_Again_TheConnectionIsKept(bool encrypted)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-kept-").FullName;
        try
        {
            var authority = TlsAuthority.Create(Path.Combine(directory, "tls"), TimeProvider.System);
            using var policy = new TlsPolicy(TlsFiles.In(Path.Combine(authority.Directory, "silo")), TlsRole.Silo, _ => { });
            Open(PatientGang.Options, encrypted ? policy : null);
            for (var generation = 0; generation < 3; generation++) await MeetAsync();
            Assert.Equal((0, 1), Connections());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>It has closed it, and this member does not know that yet: it went to a run alone, say, and is back.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Join_ThePeerHasClosedTheConnection_ANewOneIsMade(int closing)
    {
        Open(PatientGang.Options);
        var seats = await MeetAsync();
        _planes[closing].Kept.Forget(seats[closing]);
        await MeetAsync();
        Assert.Equal((0, 2), Connections());
        await MeetAsync();
        Assert.Equal((0, 2), Connections());
    }

    /// <summary>Its process is stopped, say: the connection is there, and nobody at it.</summary>
    [Fact]
    public async Task Join_ThePeerDoesNotAnswerOnTheConnection_IsLost()
    {
        Open(new GangOptions { ConnectTimeout = TimeSpan.FromSeconds(3) });
        await MeetAsync();
        var broken = await Assert.ThrowsAsync<GangBrokenException>(() => Member(() => Gang.Join(Seats()[1], _planes[1])));
        Assert.Equal(["worker0"], broken.Lost);
        Assert.Equal("Meeting rank 0 (worker0) again: it does not answer within 3 s.", broken.Message);
    }

    /// <summary>A peer was ahead, and had sent what this member takes only later in the generation, or never.</summary>
    [Fact]
    public async Task Join_AfterFramesThatNobodyTook_TheConnectionIsKeptAndTheyAreGone()
    {
        Open(PatientGang.Options);
        await MeetAsync(gang =>
        {
            for (var i = 0; i < 3; i++) gang.Mesh.Broadcast(FrameKind.State, 7, new byte[100_000]);
        });
        await MeetAsync();
        Assert.Equal((0, 1), Connections());
    }

    public void Dispose()
    {
        foreach (var plane in _planes) plane.Dispose();
    }

    private void Open(GangOptions options, TlsPolicy? policy = null)
    {
        for (var rank = 0; rank < 2; rank++) _planes.Add(new DataPlane(IPAddress.Loopback, options: options, tls: policy));
    }

    private (long, long) Connections() => (_planes[0].Traffic.Connections, _planes[1].Traffic.Connections);

    /// <summary>A generation in which both hear each other.</summary>
    private async Task<GangSeat[]> MeetAsync(Action<Gang>? last = null)
    {
        var seats = Seats();
        await Task.WhenAll(seats.Select(seat => Member(() =>
        {
            using var gang = Gang.Join(seat, _planes[seat.Rank]);
            var own = new StepHead { Digest = (ulong)(10 * seat.Generation + seat.Rank) };
            gang.Mesh.Broadcast(FrameKind.Head, -1, own.Write());
            ulong[] expected = [10 * (ulong)seat.Generation, (10 * (ulong)seat.Generation) + 1];
            Assert.Equal(expected, gang.Heads(-1, own).Select(h => h.Digest));
            last?.Invoke(gang);
            gang.Mesh.WaitUntilSent();
            return true;
        })));
        return seats;
    }

    private GangSeat[] Seats()
    {
        _generation++;
        var secret = RandomNumberGenerator.GetBytes(32);
        GangPeer[] peers = [.. _planes.Select((plane, rank) => new GangPeer($"worker{rank}", plane.Address, 0))];
        return [.. peers.Select((_, rank) =>
            new GangSeat { RunId = "run", Generation = _generation, Secret = secret, Rank = rank, Peers = peers })];
    }

    private static Task<T> Member<T>(Func<T> member) => Task.Factory.StartNew(
        member, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
