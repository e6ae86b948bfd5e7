using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Storage.QueueRows;

public class RecentDocumentsTests
{
    private readonly RecentDocuments _recent = new(room: 10);

    [Fact]
    public void Take_MoreThanThereIsRoomFor_TheOldestLeave()
    {
        Put(("a", 1, "aaaa"), ("b", 1, "bbbb"), ("c", 1, "cccc"));

        Assert.Equal((null, "bbbb", "cccc"), (Find("a", 1), Find("b", 1), Find("c", 1)));
    }

    [Fact]
    public void Take_AnotherGeneration_TakesTheOthersPlaceAndIsTheYoungest()
    {
        Put(("a", 1, "aaaa"), ("b", 1, "bbbb"));
        Put(("a", 2, "AAAA"));
        Put(("c", 1, "cc"), ("d", 1, "dd"));

        Assert.Equal((null, null, "AAAA"), (Find("a", 1), Find("b", 1), Find("a", 2)));
    }

    [Fact]
    public void Take_WorkThatLeavesTheQueue_GivesItsRoomBack()
    {
        Put(("a", 1, "aaaa"), ("b", 1, "bbbb"));
        _recent.Take(new SchedulerChange { Version = 1, LastLease = 0, Work = new([], ["a"]) });
        Put(("c", 1, "cccc"));

        Assert.Equal((null, "bbbb", "cccc"), (Find("a", 1), Find("b", 1), Find("c", 1)));
    }

    [Fact]
    public void Take_ManyThatComeAndGoBehindOneThatStays_AreForgottenWhole()
    {
        Put(("stays", 1, "s"));
        for (var i = 0; i < 5000; i++)
        {
            Put(($"unit-{i}", 1, "u"));
            _recent.Take(new SchedulerChange { Version = 1, LastLease = 0, Work = new([], [$"unit-{i}"]) });
        }

        Assert.InRange(_recent.Entries, 1, 1100);
        Assert.Equal("s", Find("stays", 1));
    }

    private string? Find(string id, long generation) => _recent.TryFind(id, generation, out var document) ? document : null;

    private void Put(params (string Id, long Generation, string Document)[] work) => _recent.Take(new SchedulerChange
    {
        Version = 1,
        LastLease = 0,
        Work = new([.. work.Select(w => new ScheduledWork
        {
            WorkId = w.Id, Generation = w.Generation, Kind = "kind", Owner = "owner/1", SubmittedAt = default, WaitingSince = default,
        })], []),
        Documents = work.ToDictionary(w => w.Id, w => w.Document),
    });
}
