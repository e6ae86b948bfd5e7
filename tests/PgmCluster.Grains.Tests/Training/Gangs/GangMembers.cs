using PgmCluster.Execution.Wire;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Training.Gangs;

/// <summary>The members of the gang of run "run", played by a test.</summary>
internal static class GangMembers
{
    /// <summary>Starts the run; what its devices were given.</summary>
    public static async Task<FakeItem[]> Started(GrainCluster cluster, int min, int max, int devices)
    {
        await cluster.Register();
        await cluster.Run("run").Start(GrainCluster.Request() with { MinWorkers = min, MaxWorkers = max });
        var members = new FakeItem[devices];
        for (var i = 0; i < devices; i++) members[i] = await cluster.Work.Next();
        return members;
    }

    /// <summary>All meet, before the first step.</summary>
    public static Task<GangSeat?[]> Meet(FakeItem[] members) => Task.WhenAll(members.Select(m => Meet(m)));

    /// <remarks>On a thread of its own, as on a device: it blocks, and the pool's few threads belong to the silos.</remarks>
    public static Task<GangSeat?> Meet(FakeItem member, long step = -1, params string[] lost) => Task.Factory.StartNew(
        () => member.Context.Gang!.Meet(step, lost), CancellationToken.None, TaskCreationOptions.LongRunning,
        TaskScheduler.Default).InTime();
}
