using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// One pickle of CIFAR's Python version: a dictionary with <c>data</c>, an array U8 [n, 3072], and <c>labels</c> or <c>fine_labels</c>, n
/// numbers. Nothing of it is run, and the pixels are not copied.
/// </summary>
/// <param name="Labels">Of the pictures.</param>
/// <param name="Offset">Of the pixels' first byte in the file.</param>
/// <param name="IsByColumn">Whether the array lies column by column (numpy's Fortran order): then a picture's bytes are n apart.</param>
internal sealed record CifarBatch(IReadOnlyList<int> Labels, long Offset, bool IsByColumn)
{
    /// <summary>Bytes of a picture: a plane of red, of green, of blue.</summary>
    public const int Pixels = 3072;

    private const int MostClasses = 1_000;

    /// <exception cref="BadInputException">It is damaged, something else, or a pickle that runs something; the message names it.</exception>
    public static CifarBatch Read(ReadOnlyMemory<byte> file, string path)
    {
        var root = Unpickle(file, path);
        if ((root.Find("fine_labels") ?? root.Find("labels")) is not List<object?> labels)
            throw Bad(path, "it has no list 'labels' or 'fine_labels'", null);
        if (root.Find("data") is not OpaqueValue { Name: "numpy.ndarray", State: { } state })
            throw Bad(path, "it has no array 'data'", null);
        if (state is not [_, object?[] shape, PickleGlobals.NumpyType { Code: "u1" }, bool isByColumn, PlacedBytes bytes]
            || shape is not [long count, (long)Pixels] || bytes.Length != count * Pixels)
            throw Bad(path, $"its array 'data' is none of bytes [n, {Pixels}]", null);
        if (labels.Count != count) throw Bad(path, $"it holds {count} pictures and {labels.Count} labels", null);
        return new CifarBatch(
            [.. labels.Select((l, i) => l is long label and >= 0 and < MostClasses
                ? (int)label : throw Bad(path, $"its label {i} is no class", null))],
            bytes.Offset, isByColumn && count > 1);
    }

    /// <summary>The names of the classes in <c>batches.meta</c> or <c>meta</c>.</summary>
    /// <exception cref="BadInputException">As in <see cref="Read"/>.</exception>
    public static IReadOnlyList<string> ClassNames(ReadOnlyMemory<byte> file, string path)
    {
        var root = Unpickle(file, path);
        return (root.Find("fine_label_names") ?? root.Find("label_names")) is List<object?> names && names.All(n => n is string)
            ? [.. names.Cast<string>()]
            : throw Bad(path, "it has no list of names 'label_names' or 'fine_label_names'", null);
    }

    private static PickleDictionary Unpickle(ReadOnlyMemory<byte> file, string path)
    {
        try
        {
            // A batch of a single picture is possible, so anything as long as one may be its pixels.
            return Unpickler.Read(new FileCursor(file), new ReadBudget(file.Length), _ => throw new FormatException("it refers elsewhere"),
                placedFrom: Pixels) as PickleDictionary ?? throw Bad(path, "it holds no dictionary", null);
        }
        catch (PickleRefusedException e)
        {
            throw new BadInputException(
                $"Reading the CIFAR file {path}: {e.Message}. Nothing of it was run. Do not use it; fetch the dataset from a source that "
                + "you trust.", e);
        }
        catch (FormatException e)
        {
            throw Bad(path, e.Message, e);
        }
    }

    private static BadInputException Bad(string path, string found, Exception? inner)
    {
        var message = $"Reading the CIFAR file {path}: {found}. Fetch it anew.";
        return inner is null ? new(message) : new(message, inner);
    }
}
