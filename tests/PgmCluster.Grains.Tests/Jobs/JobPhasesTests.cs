using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Tests.Jobs;

public class JobPhasesTests
{
    private static readonly (JobPhase From, JobPhase[] To)[] Table =
    [
        (JobPhase.Queued, [JobPhase.Running, JobPhase.Paused, JobPhase.Cancelled, JobPhase.Failed]),
        (JobPhase.Running, [JobPhase.Queued, JobPhase.Paused, JobPhase.Completed, JobPhase.Failed, JobPhase.Cancelled, JobPhase.Parked]),
        (JobPhase.Paused, [JobPhase.Queued, JobPhase.Cancelled]),
        (JobPhase.Failed, [JobPhase.Queued]),
        (JobPhase.Cancelled, [JobPhase.Queued]),
        (JobPhase.Parked, [JobPhase.Queued, JobPhase.Cancelled]),
        (JobPhase.Completed, []),
    ];

    public static TheoryData<JobPhase, JobPhase, bool> EveryPair()
    {
        var data = new TheoryData<JobPhase, JobPhase, bool>();
        foreach (var (from, allowed) in Table)
        {
            foreach (var to in Enum.GetValues<JobPhase>()) data.Add(from, to, from == to || allowed.Contains(to));
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(EveryPair))]
    public void CanBecome_EveryPair_IsAsTheTableSays(JobPhase from, JobPhase to, bool allowed) => Assert.Equal(allowed, from.CanBecome(to));

    [Fact]
    public void IsAtRest_QueuedAndRunning_AreTheOnlyOnesThatGoOn() =>
        Assert.Equal([JobPhase.Queued, JobPhase.Running], Enum.GetValues<JobPhase>().Where(p => !p.IsAtRest()));
}
