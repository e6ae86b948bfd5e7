using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>How the members of a large gang come to one state, over real connections, with what each sends counted.</summary>
public sealed class StateSpreadTests : IDisposable
{
    private const int Members = 16;

    /// <summary>Of a weight matrix; its blocks are passed on while later ones are still on their way.</summary>
    private const int Rows = 512;

    private readonly DataPlane[] _planes = [.. Enumerable.Range(0, Members).Select(
        _ => new DataPlane(IPAddress.Loopback, options: PatientGang.Options))];
    private readonly int[] _loads = new int[Members];

    /// <summary>Members meet when all have made their models: on a slow machine the first would give the last one up.</summary>
    private readonly Barrier _made = new(Members);

    [Fact]
    public async Task Synchronize_OneHasTheState_EachOfTheOthersGetsItOnceAndNobodySendsItMoreThanTwice()
    {
        var sent = await Synchronize(rank => rank == 3 ? 7 : -1);
        Assert.Equal(Members - 1, sent.Sum());
        Assert.Equal(2, sent.Max());
        Assert.Equal(0, _loads.Sum());
    }

    [Fact]
    public async Task Synchronize_HalfOfThemHaveTheState_EachGivesItToOne()
    {
        var sent = await Synchronize(rank => rank % 2 == 0 ? 7 : -1);
        Assert.Equal(Enumerable.Range(0, Members).Select(r => r % 2 == 0 ? 1L : 0), sent);
    }

    [Fact]
    public async Task Synchronize_TheRunBegins_EachMakesTheStateItselfAndNothingIsSent()
    {
        var sent = await Synchronize(_ => -1, begins: true);
        Assert.Equal(0, sent.Sum());
        Assert.All(_loads, loads => Assert.Equal(1, loads));
    }

    [Fact]
    public async Task Synchronize_TheRunBeginsOnDevicesOfSeveralKinds_OneMakesTheState()
    {
        var sent = await Synchronize(_ => -1, begins: true, alike: false);
        Assert.Equal((Members - 1L, 1), (sent.Sum(), _loads.Sum()));
    }

    [Fact]
    public async Task Synchronize_NobodyHasAStateButACheckpointWasRecorded_OneReadsIt()
    {
        var sent = await Synchronize(_ => -1);
        Assert.Equal((Members - 1L, 1), (sent.Sum(), _loads.Sum()));
    }

    [Fact]
    public async Task Synchronize_WithAMemberOfTheVersionBefore_OneSendsToAll()
    {
        var sent = await Synchronize(rank => rank == 3 ? 7 : -1, protocol: 0);
        Assert.Equal(Enumerable.Range(0, Members).Select(r => r == 3 ? Members - 1L : 0), sent);
    }

    public void Dispose()
    {
        foreach (var plane in _planes) plane.Dispose();
        _made.Dispose();
    }

    /// <returns>How many copies of the state each has sent, by rank.</returns>
    private async Task<long[]> Synchronize(
        Func<int, long> stepOf, bool begins = false, bool alike = true, int protocol = GangProtocol.Current)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        GangPeer[] peers = [.. _planes.Select((plane, rank) => new GangPeer($"worker{rank}", plane.Address, stepOf(rank)))];
        var weights = await Task.WhenAll(Enumerable.Range(0, Members).Select(rank => Task.Factory.StartNew(() => Member(new GangSeat
        {
            RunId = "run",
            Generation = 1,
            Secret = secret,
            Rank = rank,
            Peers = peers,
            Begins = begins,
            Protocol = protocol,
        }, alike), TaskCreationOptions.LongRunning)));
        Assert.Single(weights.Select(w => w.Digest).Distinct());
        Assert.All(weights, w => Assert.Equal(Math.Max(0, peers.Max(p => p.Step)), w.Step));
        return [.. _planes.Select(plane =>
        {
            var (copies, rest) = Math.DivRem(plane.Traffic.BytesOf(FrameKind.State), weights[0].Bytes);
            Assert.Equal(0, rest);
            return copies;
        })];
    }

    private (ulong Digest, long Step, long Bytes) Member(GangSeat seat, bool alike)
    {
        using var scope = NewDisposeScope();
        var specification = SpecificationJson.Parse(TestRuns.Work("classifier", 1).Specification);
        using var model = nn.Linear(Rows, Rows);
        using var state = new TrainingState(model, specification.Training, specification.Numerics);
        var step = seat.Peers[seat.Rank].Step;
        state.Step = Math.Max(0, step);
        using (no_grad())
        {
            // Whoever has the state has the same.
            if (step >= 0) state.Parameters.Values.fill_(step);
        }
        var holds = step >= 0;
        Assert.True(_made.SignalAndWait(TimeSpan.FromMinutes(3)), "another member has failed");
        using var gang = Gang.Join(seat, _planes[seat.Rank]);
        gang.Synchronize(state, [], () =>
        {
            Assert.False(holds);
            Interlocked.Increment(ref _loads[seat.Rank]);
            using var untracked = no_grad();
            state.Parameters.Values.fill_(3);
        }, now => holds = now, alike);
        Assert.True(holds);
        return (WeightDigest.Of(state), state.Step, state.Everything().Sum(t => NativeBlock.Of(t).Length));
    }
}
