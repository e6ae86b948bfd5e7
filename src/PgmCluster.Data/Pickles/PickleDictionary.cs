using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Pickles;

/// <summary>A Python dictionary: keys in the order in which they were set. Keys are string, long, double or bool.</summary>
/// <param name="isOrderedDict">True for a <c>collections.OrderedDict</c>, which state dicts are.</param>
public sealed class PickleDictionary(bool isOrderedDict = false) : OrderedDictionary<object, object?>(KeyComparer.Instance)
{
    public bool IsOrderedDict { get; } = isOrderedDict;

    /// <summary>The value of a text key; null where there is none.</summary>
    public object? Find(string key) => TryGetValue(key, out var value) ? value : null;

    /// <summary>Mixes a secret into the hash, which numbers lack otherwise: a file could choose keys that all collide.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? a, object? b) => object.Equals(a, b);

        public int GetHashCode(object key) => key switch
        {
            long number => HashCode.Combine((int)number, (int)(number >> 32)),
            double number =>
                HashCode.Combine((int)BitConverter.DoubleToInt64Bits(number), (int)(BitConverter.DoubleToInt64Bits(number) >> 32)),
            _ => key.GetHashCode(),
        };
    }
}
