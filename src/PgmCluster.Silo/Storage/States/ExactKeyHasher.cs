using System.Text;
using Orleans.Storage;

namespace PgmCluster.Silo.Storage.States;

/// <summary>
/// Makes the stored hash depend on the exact grain key. The ADO.NET provider reads every key that looks like a hexadecimal
/// number as one, so the string keys "a", "A" and "0a" would otherwise name the same row and overwrite each other.
/// </summary>
internal sealed class ExactKeyHasher : IStorageHasherPicker
{
    /// <inheritdoc />
    public ICollection<IHasher> HashProviders { get; } = [];

    /// <inheritdoc />
    public IHasher PickHasher<T>(
        string serviceId, string storageProviderInstanceName, string grainType, GrainId grainId, IGrainState<T> grainState,
        string? tag = null) =>
        new KeyedHasher(grainId.Key.ToString() ?? string.Empty);

    private sealed class KeyedHasher(string key) : IHasher
    {
        public string Description => "FNV-1a over the exact key, then the data";

        // Part of the stored form: another function would no longer find what is stored.
        public int Hash(byte[] data)
        {
            var hash = 2166136261u;
            foreach (var b in Encoding.UTF8.GetBytes(key)) hash = (hash ^ b) * 16777619u;
            foreach (var b in data) hash = (hash ^ b) * 16777619u;
            return unchecked((int)hash);
        }
    }
}
