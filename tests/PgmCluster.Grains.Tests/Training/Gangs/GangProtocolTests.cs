using PgmCluster.Execution.Wire;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Training.Gangs.GangMembers;

namespace PgmCluster.Grains.Tests.Training.Gangs;

/// <summary>What members of a generation are told of what they can do together, and of how it begins.</summary>
public class GangProtocolTests
{
    [Fact]
    public async Task Meet_NothingIsRecorded_TheRunBegins_AndNotAfterACheckpoint()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var seats = await Task.WhenAll(members.Select(m => Meet(m)));
        Assert.All(seats, s => Assert.Equal((true, GangProtocol.Current), (s!.Begins, s.Protocol)));

        await members[0].Publish(GrainCluster.Checkpoint(5, 1));
        var gang = (await cluster.Run("run").GetDetails()).GangGeneration;
        seats = await Task.WhenAll(members.Select(m => Meet(m)));
        Assert.All(seats, s => Assert.Equal((gang + 1, false), (s!.Generation, s.Begins)));
    }

    [Fact]
    public async Task Meet_SomebodyHasAState_TheRunDoesNotBegin()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var seats = await Task.WhenAll(Meet(members[0], 0), Meet(members[1]));
        Assert.All(seats, s => Assert.False(s!.Begins));
    }

    [Fact]
    public async Task Meet_WithAMemberOfTheVersionBefore_AllDoWhatThatOneCan()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        var members = await Started(cluster, 2, 2, 2);
        var (newer, older) = (Meet(members[0]), members[1].Context.Gang!);
        var meeting = cluster.Run("run").AsReference<IGangOwner>().Meet(new GangArrival
        {
            WorkId = "run",
            Generation = members[1].Generation,
            Worker = older.Worker,
            Incarnation = "older",
            Step = -1,
            Address = older.DataPlane.Address,
        });
        Assert.Equal(0, (await newer)!.Protocol);
        Assert.Equal([0, GangProtocol.Current], (await meeting).Gang!.Members.Select(m => m.Protocol).Order());
    }
}
