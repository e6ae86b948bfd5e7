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
    public async Task Run_StoreTakesNothing_WaitsAndSaysSoThenStarts()
    {
        var store = new RefusingStore(_inner);
        var (waits, goesOn) = (new TaskCompletionSource<string>(), new TaskCompletionSource());
        var context = new WorkContext
        {
            Generation = 1,
            Device = ComputeDevice.Cpu(),
            Artifacts = store,
            Waits = line =>
            {
                if (line is null) goesOn.SetResult();
                else waits.TrySetResult(line);
            },
        };
        var started = false;
        var run = Task.Run(() => new StorageFirst(new Item(() => started = true)).Run(context));

        Assert.Contains("Read-only file system", await waits.Task);
        Assert.False(started);
        store.Refuses = false;

        Assert.Equal("done", await run);
        await goesOn.Task;
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

    private sealed class RefusingStore(IArtifactStore inner) : IArtifactStore
    {
        public volatile bool Refuses = true;

        public Task<ArtifactInfo> WriteAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken ct) =>
            Refuses ? throw new IOException($"Read-only file system : '{name}'") : inner.WriteAsync(name, write, ct);

        public Stream OpenRead(string name) => inner.OpenRead(name);

        public string LocalPath(string name) => inner.LocalPath(name);

        public bool Exists(string name) => inner.Exists(name);

        public Task<bool> VerifyAsync(ArtifactInfo info, CancellationToken ct) => inner.VerifyAsync(info, ct);

        public IEnumerable<string> List(string prefix) => inner.List(prefix);

        public void Delete(string name) => inner.Delete(name);
    }
}
