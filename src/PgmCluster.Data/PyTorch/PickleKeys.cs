using System.Numerics;
using PgmCluster.Data.Pickles;

namespace PgmCluster.Data.PyTorch;

/// <summary>What may be a key of a dictionary.</summary>
internal static class PickleKeys
{
    /// <summary>Sets a key that is not there yet.</summary>
    /// <exception cref="FormatException">It is there already, or is nothing that Python takes for a key.</exception>
    public static void Set(PickleDictionary dictionary, object? key, object? value, ReadBudget budget)
    {
        budget.Charge(160);
        if (!dictionary.TryAdd(Of(key, budget), value))
            throw new FormatException($"a dictionary has the key '{PickleGlobals.Shown($"{key}")}' twice");
    }

    /// <summary>Keys that mean nothing here are kept as what they are called; each stands for itself alone.</summary>
    private static object Of(object? key, ReadBudget budget) => key switch
    {
        string or long or double or bool or OpaqueValue or TorchSymbol => key,
        null => PickleGlobals.Named("None", budget),
        object?[] => PickleGlobals.Named("tuple", budget),
        byte[] => PickleGlobals.Named("bytes", budget),
        BigInteger => PickleGlobals.Named("int", budget),
        PyTorchTensor or PyTorchStorage => PickleGlobals.Named("tensor", budget),
        _ => throw new FormatException("a dictionary has a list or a dictionary for a key"),
    };
}
