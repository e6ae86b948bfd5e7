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
            ["Starting the work: Access to the path '/artifacts' is denied. It is tried again until it can be written; "
            + "free space where the artifacts are, or make them writable.", null], said);
        Assert.Empty(_inner.List(""));
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
