namespace PgmCluster.Chaos.Runs;

/// <summary>Counts files of a directory that were replaced after they had been there once.</summary>
internal sealed class ShardWatch : IDisposable
{
    private readonly Dictionary<string, DateTime> _written = [];
    private readonly Timer _timer;
    private readonly string _directory;
    private int _rewritten;

    public ShardWatch(string directory)
    {
        _directory = directory;
        _timer = new Timer(_ => Look(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    }

    public int Rewritten
    {
        get
        {
            Look();
            return _rewritten;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_written)
        {
            if (!Directory.Exists(_directory)) return;
            foreach (var file in new DirectoryInfo(_directory).GetFiles("*.safetensors"))
            {
                if (_written.TryGetValue(file.Name, out var before) && before != file.LastWriteTimeUtc) _rewritten++;
                _written[file.Name] = file.LastWriteTimeUtc;
            }
        }
    }
}
