using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs.Units;

/// <summary>A job that is cancelled and started again while a slow device still ends a unit of it.</summary>
public class RestartedUnitTests
{
    private static readonly TokenizationRequest Request = new() { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 };

    [Fact]
    public async Task Start_AgainWhileADeviceStillEndsAUnit_NoOtherDeviceDoesItMeanwhile()
    {
        await using var cluster = await GrainCluster.Start("cpu:0,cpu:1");
        await cluster.Register();
        await cluster.Run("tok").Start(GrainCluster.Request());
        (await cluster.Work.Next()).Complete(GrainCluster.TrainResult("tok"));
        await GrainCluster.ToRest(cluster.Run("tok"), JobPhase.Completed);
        var job = cluster.Tokens("tokens");
        await job.Start(Request);
        var slow = new[] { await cluster.Work.Next(), await cluster.Work.Next() }.Single(i => FirstImage(i) == 0);
        var release = new TaskCompletionSource();
        cluster.Work.WhenInterrupted = item =>
        {
            if (ReferenceEquals(item, slow)) release.Task.Wait();
        };
        try
        {
            await job.Cancel();
            await job.Start(Request);
            for (var other = 0; other < 2; other++)
            {
                var item = await cluster.Work.Next();
                Assert.NotEqual(0, FirstImage(item));
                item.Complete(GrainCluster.ShardResult(item));
            }
            await GrainCluster.Until(job, e => e.Progress.Done == 14, "the other two shards");
            Assert.StartsWith(
                $"waits until {cluster.Silos.Silos.Single().Name}/{slow.Context.Device.Name} has ended generation {slow.Generation} of it",
                (await cluster.Scheduler.Find("tokens/0"))!.Reason);

            release.SetResult();

            var again = await cluster.Work.Next();
            Assert.Equal(0, FirstImage(again));
            Assert.True(again.Generation > slow.Generation);
            again.Complete(GrainCluster.ShardResult(again));
            await GrainCluster.ToRest(job, JobPhase.Completed);
        }
        finally
        {
            release.TrySetResult();
        }
    }

    private static int FirstImage(FakeItem item) => item.Read<TokenizeShardWork>().Images.Start;
}
