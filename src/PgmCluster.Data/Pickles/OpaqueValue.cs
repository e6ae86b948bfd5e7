using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Pickles;

/// <summary>
/// A Python object, class or function that has no meaning here: its name is kept, and nothing of it was made or run. Objects that lie
/// beside the tensors of a checkpoint (settings, paths, dates, states of random generators) are of this kind.
/// </summary>
public class OpaqueValue
{
    internal OpaqueValue(string name) => Name = name;

    /// <summary>Module and name as the file gives them, such as "argparse.Namespace"; printable and short.</summary>
    public string Name { get; }

    /// <summary>
    /// What was put into it by key, as into a class derived from dict; null where nothing was, or where it refers back to itself.
    /// </summary>
    public PickleDictionary? Items { get; internal set; }

    /// <summary>Its attributes, where they are a dictionary; null where there are none, or where they refer back to it.</summary>
    public PickleDictionary? Attributes { get; internal set; }

    /// <summary>
    /// What it was given as its state, where that is a tuple: for an array of numpy version, shape, type, order and bytes. It was not
    /// checked and may refer back to the value, so nothing walks through it.
    /// </summary>
    internal object?[]? State { get; set; }

    public override string ToString() => Name;
}
