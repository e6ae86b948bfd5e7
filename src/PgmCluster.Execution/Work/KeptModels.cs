using PgmCluster.Data.Artifacts;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Work;

/// <summary>
/// Models on a device that are kept for the next piece of work: the chunks of a job need the same ones. Belongs to the device's thread.
/// What was not used for longest goes first where there is no room.
/// </summary>
/// <param name="limit">Bytes that may be kept; 0 keeps nothing.</param>
internal sealed class KeptModels(long limit)
{
    /// <summary>By their last use, the latest last.</summary>
    private readonly List<Entry> _entries = [];

    /// <summary>Told when nothing is kept any more; for tests.</summary>
    internal event Action? Emptied;

    /// <summary>How many are kept.</summary>
    public int Count => _entries.Count;

    /// <summary>How often a model was loaded, since the beginning.</summary>
    public int Loads { get; private set; }

    /// <summary>
    /// The model of a file. That the file is still what was registered is looked at each time, also where the model is kept: one that has
    /// changed is refused as if it were read.
    /// </summary>
    /// <param name="context">Of the work that borrows it.</param>
    /// <param name="kind">What is made of the file: the settings that change the model are part of it.</param>
    /// <param name="file">Its weights.</param>
    /// <param name="load">Loads it from the file.</param>
    /// <param name="module">Holds its tensors.</param>
    /// <exception cref="Data.DataCorruptException">The file is missing or has changed; the message names it.</exception>
    public BorrowedModel<T> Borrow<T>(
        WorkContext context, string kind, ArtifactInfo file, Func<FetchedArtifact, T> load, Func<T, nn.Module> module)
        where T : class, IDisposable
    {
        using var fetched = context.Fetch(file);
        var key = $"{kind} {file.Sha256}";
        if (_entries.Find(e => e.Key == key) is not { } entry)
        {
            MakeRoom(file.Size);
            entry = new Entry(key, file.Size, Load(fetched, load, module));
            Loads++;
        }
        _entries.Remove(entry);
        _entries.Add(entry);
        entry.Borrowers++;
        return new BorrowedModel<T>((T)entry.Model, () => Return(entry));
    }

    /// <summary>Lets go of all that nobody has borrowed.</summary>
    public void Clear()
    {
        DropUnused(() => true);
        if (_entries.Count == 0) Emptied?.Invoke();
    }

    private static T Load<T>(FetchedArtifact file, Func<FetchedArtifact, T> load, Func<T, nn.Module> module) where T : class
    {
        using var scope = NewDisposeScope();
        var model = load(file);
        // It outlives the work that has it loaded, and with it that work's scope. Buffers do so by themselves.
        foreach (var parameter in module(model).parameters()) parameter.DetachFromDisposeScope();
        return model;
    }

    private void MakeRoom(long size) => DropUnused(() => _entries.Sum(e => e.Bytes) + size > limit);

    private void Return(Entry entry)
    {
        entry.Borrowers--;
        DropUnused(() => _entries.Sum(e => e.Bytes) > limit);
    }

    private void DropUnused(Func<bool> isTooMuch)
    {
        var index = 0;
        while (index < _entries.Count && isTooMuch())
        {
            if (_entries[index].Borrowers > 0)
            {
                index++;
                continue;
            }
            _entries[index].Model.Dispose();
            _entries.RemoveAt(index);
        }
    }

    private sealed class Entry(string key, long bytes, IDisposable model)
    {
        public string Key => key;

        public long Bytes => bytes;

        public IDisposable Model => model;

        public int Borrowers { get; set; }
    }
}
