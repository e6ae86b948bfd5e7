using System.Security.Cryptography;
using System.Text;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>
/// A module's parameters and persistent buffers in the order of PyTorch's state dict: own parameters, own buffers, then the parts in
/// order of registration. A tied parameter is listed under each of its names, as there, but is a parameter under the first only.
/// </summary>
public sealed class StateDict
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, Entry> _byName;

    private StateDict(nn.Module module)
    {
        Collect(module, "", new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance));
        _byName = _entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>One tensor of the state.</summary>
    /// <param name="Name">Dotted name.</param>
    /// <param name="Tensor">The module's own tensor, not a copy.</param>
    /// <param name="IsParameter">False for buffers, and for the second name of a tied parameter.</param>
    public sealed record Entry(string Name, Tensor Tensor, bool IsParameter)
    {
        /// <summary>The first name of a tied parameter, on its other entries.</summary>
        public string? TiedTo { get; init; }
    }

    public IReadOnlyList<Entry> Entries => _entries;

    public IEnumerable<Entry> Parameters => _entries.Where(e => e.IsParameter);

    public Tensor this[string name] => _byName[name].Tensor;

    public bool Contains(string name) => _byName.ContainsKey(name);

    public static StateDict Of(nn.Module module) => new(module);

    /// <summary>SHA-256 over all entries in order: name, dtype, shape, little-endian bytes.</summary>
    /// <returns>Lower-case hex.</returns>
    public string Sha256() => Sha256(_entries.Select(e => (e.Name, e.Tensor)));

    /// <summary>The same hash over any named tensors.</summary>
    public static string Sha256(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in tensors)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{TensorTypes.Of(tensor.dtype)}\0{string.Join(',', tensor.shape)}\0"));
            using var scope = NewDisposeScope();
            hash.AppendData(HostRead.Copy(tensor).bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Collect(nn.Module module, string prefix, Dictionary<Tensor, string> names)
    {
        foreach (var (name, parameter) in module.named_parameters(recurse: false))
        {
            var isFirst = names.TryAdd(parameter, prefix + name);
            _entries.Add(new Entry(prefix + name, parameter, isFirst) { TiedTo = isFirst ? null : names[parameter] });
        }
        // state_dict() is the one call that knows which buffers are persistent.
        var persistent = module.named_buffers(recurse: false).Any() ? module.state_dict() : null;
        foreach (var (name, buffer) in module.named_buffers(recurse: false))
        {
            if (persistent!.ContainsKey(name)) _entries.Add(new Entry(prefix + name, buffer, IsParameter: false));
        }
        foreach (var (name, child) in module.named_children()) Collect(child, $"{prefix}{name}.", names);
    }
}
