namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>Rows in memory that know how they differ from what is stored, so that only this is written, or undone.</summary>
/// <param name="keyOf">A row's key.</param>
/// <param name="replaced">Told of every change: what a key had, and what it has.</param>
internal sealed class TrackedRows<TKey, TRow>(Func<TRow, TKey> keyOf, Action<TRow?, TRow?>? replaced = null)
    where TKey : notnull
    where TRow : class
{
    private readonly Dictionary<TKey, TRow> _rows = [];

    /// <summary>Of keys that were changed what is stored; null where nothing is.</summary>
    private readonly Dictionary<TKey, TRow?> _stored = [];

    public IReadOnlyCollection<TRow> All => _rows.Values;

    public bool HaveChanged => _stored.Any(s => !Equals(s.Value, Find(s.Key)));

    public TRow? Find(TKey key) => _rows.GetValueOrDefault(key);

    /// <summary>Takes over what is stored.</summary>
    public void Load(IEnumerable<TRow> rows)
    {
        foreach (var row in rows) Replace(keyOf(row), row);
    }

    public void Put(TRow row)
    {
        _stored.TryAdd(keyOf(row), Find(keyOf(row)));
        Replace(keyOf(row), row);
    }

    public void Remove(TKey key)
    {
        if (Find(key) is not { } present) return;
        _stored.TryAdd(key, present);
        Replace(key, null);
    }

    public RowChanges<TKey, TRow> Changes()
    {
        var (put, removed) = (new List<TRow>(), new List<TKey>());
        foreach (var (key, stored) in _stored)
        {
            if (Find(key) is not { } present)
            {
                if (stored is not null) removed.Add(key);
            }
            else if (!present.Equals(stored))
            {
                put.Add(present);
            }
        }
        return new RowChanges<TKey, TRow>(put, removed);
    }

    /// <summary>The changes are stored.</summary>
    public void Accept() => _stored.Clear();

    /// <summary>Back to what is stored.</summary>
    public void Undo()
    {
        foreach (var (key, stored) in _stored) Replace(key, stored);
        _stored.Clear();
    }

    private void Replace(TKey key, TRow? row)
    {
        var present = Find(key);
        if (row is null) _rows.Remove(key);
        else _rows[key] = row;
        replaced?.Invoke(present, row);
    }
}
