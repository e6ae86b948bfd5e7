using PgmCluster.Data;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Specifications;

/// <summary>The types that a model can compute its products in, by the names they have in settings.</summary>
public static class Precisions
{
    public const string Float32 = "float32";

    public const string BFloat16 = "bfloat16";

    public static IReadOnlyList<string> Names { get; } = [Float32, BFloat16];

    /// <exception cref="BadInputException">No such precision.</exception>
    public static ScalarType TypeOf(string name) => name switch
    {
        Float32 => ScalarType.Float32,
        BFloat16 => ScalarType.BFloat16,
        _ => throw new BadInputException($"Choosing a precision: there is no '{name}'. Use {string.Join(" or ", Names)}."),
    };
}
