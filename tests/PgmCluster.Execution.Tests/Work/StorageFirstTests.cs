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
        var store = new RefusingStore(_inner, refusals: 2);
        var said = new List<string?>();
        var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = store, Waits = said.Add };

        var result = new StorageFirst(new Item(() => Assert.True(store.Refusals < 0))).Run(context);

        Assert.Equal("done", result);
        Assert.Equal(["Starting the work: Access to the path '/artifacts' is denied. It is tried again until it can be written; free space where the artifacts are, or make them writable.", null], said);
        Assert.Empty(_inner.List(""));
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

    private sealed class RefusingStore(IArtifactStore inner, int refusals) : IArtifactStore
    {
        public int Refusals { get; private set; } = refusals;

        public Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
            Refusals-- > 0 ? throw new UnauthorizedAccessException($"Access to the path '/artifacts/.tmp-{Guid.NewGuid():N}' is denied.") : inner.WriteAsync(name, write, ct);

        public Stream OpenRead(string name) => inner.OpenRead(name);

        public string LocalPath(string name) => inner.LocalPath(name);

        public bool Exists(string name) => inner.Exists(name);

        public Task<bool> VerifyAsync(ArtifactInfo info, CancellationToken ct) => inner.VerifyAsync(info, ct);

        public IEnumerable<string> List(string prefix) => inner.List(prefix);

        public void Delete(string name) => inner.Delete(name);
    }
}
