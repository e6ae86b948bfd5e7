using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// Modules named "0", "1", ... as in a PyTorch ModuleList or Sequential; positions may be left out (activations have no weights).
/// </summary>
public sealed class NamedList<T> : NamedModule where T : nn.Module
{
    private readonly List<T> _items = [];

    public NamedList(Device? device = null) : base(nameof(NamedList<T>), device) { }

    public NamedList(IEnumerable<T> items, Device? device = null) : this(device)
    {
        foreach (var item in items) Add(item);
    }

    public int Count => _items.Count;

    public T this[int index] => _items[index];

    public void Add(T item) => Add(_items.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), item);

    /// <summary>Adds under a name of its own, such as "2" for the layer behind an activation.</summary>
    public void Add(string name, T item) => _items.Add(Child(name, item));

    public List<T>.Enumerator GetEnumerator() => _items.GetEnumerator();
}
