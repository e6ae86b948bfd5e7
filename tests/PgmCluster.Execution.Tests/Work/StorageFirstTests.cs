using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Work;

/// <summary>An artifact directory that takes nothing when work starts.</summary>
public sealed class StorageFirstTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-storage-").FullName;
    private readonly DirectoryArtifactStore _inner;

    public StorageFirstTests() => _inner = new DirectoryArtifactStore(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Run_StoreTakesNothingAtFirst_SaysSoOnceAndStartsWhenItDoes()
    {
        var refusals = 2;
        var store = new RefusingStore(
            _inner, _ => refusals-- > 0 ? new UnauthorizedAccessException(
                $"Access to the path '/artifacts/.tmp-{Guid.NewGuid():N}' is denied.") : null);
        var said = new List<string?>();
        var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = store, Waits = said.Add };

        var result = new StorageFirst(new Item(() => Assert.True(refusals < 0))).Run(context);

        Assert.Equal("done", result);
        Assert.Equal(
            ["Starting the work: Access to the path '/artifacts' is denied. It is tried again until it can be written. "
            + "Artifacts are stored there: make it writable for this user.", null], said);
        Assert.Empty(_inner.List(""));
    }

    /// <summary>Space is no remedy for a server that is away, nor for a file system that is read-only.</summary>
    [Fact]
    public void Run_StoreTakesNothing_AdviceFollowsTheCause()
    {
        Assert.Equal(
            "Starting the work: Writing s3://b/a: no route. Try again once it can be reached. It is tried again until it can be written.",
            Said(new StoreUnreachableException("Writing s3://b/a: no route. Try again once it can be reached.")));
        Assert.EndsWith(
            " Make room there, or store elsewhere, and try again. It is tried again until it can be written.", Said(RefusingStore.Full));
        Assert.EndsWith("make its file system writable.", Said(new IOException("Read-only file system", 30)));

        string Said(Exception refusal)
        {
            var refusals = 1;
            var store = new RefusingStore(_inner, _ => refusals-- > 0 ? refusal : null);
            var said = new List<string?>();
            new StorageFirst(new Item(() => { })).Run(
                new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = store, Waits = said.Add });
            return said[0]!;
        }
    }

    [Fact]
    public void Run_AskedToEndWhileItWaits_EndsWithoutHavingBegun()
    {
        using var stop = new CancellationTokenSource();
        var store = new RefusingStore(_inner, _ => RefusingStore.Full);
        var context = new WorkContext
        {
            Generation = 1,
            Device = ComputeDevice.Cpu(),
            Artifacts = store,
            Stopped = stop.Token,
            Warn = _ => stop.Cancel(),
        };

        Assert.Throws<WorkInterruptedException>(() => new StorageFirst(new Item(() => Assert.Fail("It began."))).Run(context));
    }

    [Fact]
    public void Create_WorkOfAnyKind_LooksAtItsStorageFirst() =>
        Assert.IsType<StorageFirst>(new WorkItemFactory().Create(WorkKinds.ComposeGrid, """{"output":"a.png","images":[],"columns":1,"rowLabels":[]}"""));

    private sealed class Item(Action run) : IWorkItem
    {
        public string Run(WorkContext context)
        {
            run();
            return "done";
        }
    }
}
