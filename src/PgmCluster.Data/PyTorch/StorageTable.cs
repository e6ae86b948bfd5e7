using PgmCluster.Data.Pickles;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>The storages that a pickle has named so far.</summary>
internal sealed class StorageTable(ReadBudget budget, long fileLength, Action<PyTorchStorage>? found = null)
{
    private readonly Dictionary<string, PyTorchStorage> _byKey = new(StringComparer.Ordinal);

    public IReadOnlyCollection<PyTorchStorage> Storages => _byKey.Values;

    public PyTorchStorage? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>The storage of a persistent id: ('storage', class, key, location, count), behind it None in legacy files.</summary>
    public object Load(object?[] id)
    {
        // Before PyTorch 1.6 the class of a module came with its source, which is not looked at.
        if (id is ["module", OpaqueValue of, ..]) return of;
        if (id is not (["storage", PickleGlobals.StorageClass, string, string, long] or ["storage", PickleGlobals.StorageClass, string,
            string, long, null]))
            throw new FormatException("a persistent id is not that of a storage, or of a view before PyTorch 0.4");
        var (kind, key, location, count) = ((PickleGlobals.StorageClass)id[1]!, (string)id[2]!, (string)id[3]!, (long)id[4]!);
        if (kind.Size == 0)
            throw new FormatException($"storage '{PickleGlobals.Shown(key)}' is a {kind.Name} without a known type of elements");
        if (_byKey.TryGetValue(key, out var known))
        {
            if (known.Type != (kind.Type ?? TensorType.U8) || known.DeclaredCount != count)
                throw new FormatException($"storage '{PickleGlobals.Shown(key)}' is used with two types or sizes");
            return known;
        }
        budget.Charge(300);
        if (count < 0 || count > fileLength)
            throw new FormatException($"storage '{PickleGlobals.Shown(key)}' of {count} elements is larger than the file");
        var storage = kind.Type is { } type
            ? new PyTorchStorage(key, type, count, location)
            : new PyTorchStorage(key, TensorType.U8, checked(count * kind.Size), location)
            {
                UnreadType = $"torch.{kind.Name}",
                DeclaredCount = count,
            };
        found?.Invoke(storage);
        _byKey.Add(key, storage);
        return storage;
    }
}
