using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Work;

public class FileThreadTests
{
    private static readonly TimeSpan Deadlock = TimeSpan.FromMinutes(1);

    [Fact]
    public void Do_SeveralThings_AreDoneInOrderOnItsThread()
    {
        var done = new List<(int Number, string? Thread)>();
        using var files = new FileThread("files", capacity: 2);

        for (var i = 0; i < 20; i++)
        {
            var number = i;
            files.Do(() => done.Add((number, Thread.CurrentThread.Name)));
        }
        files.Finish();

        Assert.Equal(Enumerable.Range(0, 20).Select(i => (i, (string?)"files")), done);
    }

    [Fact]
    public async Task Do_SomethingFails_NothingIsDoneAfterItAndEverybodyHearsOfIt()
    {
        using var files = new FileThread("files", capacity: 8);
        using var failNow = new ManualResetEventSlim();
        var doneAfterwards = false;
        var failing = files.Do(() =>
        {
            Assert.True(failNow.Wait(Deadlock));
            throw new WorkInterruptedException("Stopped.");
        });
        var behind = files.Do(() => doneAfterwards = true);
        failNow.Set();

        await Assert.ThrowsAsync<WorkInterruptedException>(() => failing.WaitAsync(Deadlock));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => behind.WaitAsync(Deadlock));
        void GiveMore() => files.Do(() => doneAfterwards = true);
        Assert.Throws<WorkInterruptedException>(GiveMore);
        Assert.Throws<WorkInterruptedException>(files.Finish);
        Assert.False(doneAfterwards);
    }

    [Fact]
    public void Dispose_ThingsWait_EndsWhatIsBegunAndLeavesOutTheRest()
    {
        using var begun = new ManualResetEventSlim();
        var (ended, doneAfterwards) = (false, false);
        var files = new FileThread("files", capacity: 8);
        files.Do(() =>
        {
            begun.Set();
            Assert.True(SpinWait.SpinUntil(() => files.IsGivenUp, Deadlock));
            ended = true;
        });
        var behind = files.Do(() => doneAfterwards = true);
        Assert.True(begun.Wait(Deadlock));

        files.Dispose();

        Assert.True(ended);
        Assert.False(doneAfterwards);
        Assert.True(behind.IsCanceled);
    }
}
