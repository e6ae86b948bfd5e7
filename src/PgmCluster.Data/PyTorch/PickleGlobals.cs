using System.Buffers.Binary;
using System.Text;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// The names that a pickle may use, and what each of them makes here. None of them is looked up anywhere: a name is compared with
/// this list and either stands for a few lines below or is refused.
/// </summary>
internal static class PickleGlobals
{
    private const int MostDimensions = 64;

    /// <summary>A name that makes something when it is called.</summary>
    internal enum Function { OrderedDict, RebuildTensor, RebuildTensorV2, RebuildParameter, RebuildParameterWithState, Size, Device, Encode, NumpyScalar, NumpyType }

    /// <summary>A class of storages; without a type where its elements have none.</summary>
    internal sealed record StorageClass(string Name, TensorType? Type);

    /// <summary>numpy's description of a scalar: a kind and its width, such as "f8".</summary>
    internal sealed class NumpyType(string code)
    {
        public string Code { get; } = code;

        public bool IsBigEndian { get; set; }
    }

    private static readonly HashSet<string> ElementTypes = new(StringComparer.Ordinal)
    {
        "float64", "double", "float32", "float", "float16", "half", "bfloat16", "complex64", "complex128",
        "int64", "long", "int32", "int", "int16", "short", "int8", "uint8", "bool",
    };

    /// <summary>What a name stands for.</summary>
    /// <exception cref="PickleRefusedException">It is not on the list.</exception>
    public static object Find(string module, string name)
    {
        switch (module, name)
        {
            case ("collections", "OrderedDict"): return Function.OrderedDict;
            case ("torch._utils", "_rebuild_tensor"): return Function.RebuildTensor;
            case ("torch._utils", "_rebuild_tensor_v2"): return Function.RebuildTensorV2;
            case ("torch._utils", "_rebuild_parameter"): return Function.RebuildParameter;
            case ("torch._utils", "_rebuild_parameter_with_state"): return Function.RebuildParameterWithState;
            case ("torch", "Size"): return Function.Size;
            case ("torch", "device"): return Function.Device;
            case ("_codecs", "encode"): return Function.Encode;
            case ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar"): return Function.NumpyScalar;
            case ("numpy", "dtype"): return Function.NumpyType;
            case ("torch.storage", "UntypedStorage"): return new StorageClass(name, TensorType.U8);
            case ("torch.storage", "TypedStorage"): return new StorageClass(name, null);
            case ("torch", _) when StorageTypes.Find(name) is { } type: return new StorageClass(name, type);
            case ("torch", _) when ElementTypes.Contains(name): return new TorchSymbol($"torch.{name}");
            default: throw new PickleRefusedException($"it asks for the Python object '{Shown(module)}.{Shown(name)}', which a checkpoint of tensors and numbers does not need");
        }
    }

    /// <summary>Calls what <see cref="Find"/> gave.</summary>
    public static object? Call(object? function, object?[] arguments, ReadBudget budget) => (function, arguments) switch
    {
        (Function.OrderedDict, []) => NewDictionary(budget),
        (Function.OrderedDict, [List<object?> pairs]) => FromPairs(pairs, budget),
        (Function.RebuildTensor, [PyTorchStorage storage, long offset, object?[] size, object?[] stride]) => Tensor(storage, offset, size, stride, budget),
        (Function.RebuildTensorV2, [PyTorchStorage storage, long offset, object?[] size, object?[] stride, bool, _]) => Tensor(storage, offset, size, stride, budget),
        (Function.RebuildTensorV2, [PyTorchStorage storage, long offset, object?[] size, object?[] stride, bool, _, _]) => Tensor(storage, offset, size, stride, budget),
        (Function.RebuildParameter, [PyTorchTensor data, bool, _]) => data,
        (Function.RebuildParameterWithState, [PyTorchTensor data, bool, _, _]) => data,
        (Function.Size, [object?[] sizes]) => sizes,
        (Function.Device, [string name]) => new TorchSymbol(name),
        (Function.Device, [string name, long index]) => new TorchSymbol($"{name}:{index}"),
        (Function.Encode, [string text, "latin1"]) => Latin1(text, budget),
        (Function.NumpyType, [string code, bool, bool]) => new NumpyType(code),
        (Function.NumpyScalar, [NumpyType type, byte[] bytes]) => Scalar(type, bytes),
        (Function called, _) => throw new FormatException($"{called} is called with {arguments.Length} arguments that do not fit it"),
        _ => throw new FormatException("something is called that is no function"),
    };

    public static PickleDictionary NewDictionary(ReadBudget budget, bool isOrderedDict = true)
    {
        budget.Charge(400);
        return new PickleDictionary(isOrderedDict);
    }

    /// <summary>Text from a file, short and printable enough for a message.</summary>
    public static string Shown(string text)
    {
        var clean = string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 80 ? clean + "..." : clean;
    }

    private static PickleDictionary FromPairs(List<object?> pairs, ReadBudget budget)
    {
        var dictionary = NewDictionary(budget);
        foreach (var pair in pairs)
        {
            if (pair is not ((object?[] or List<object?>) and IReadOnlyList<object?> { Count: 2 } two)) throw new FormatException("an OrderedDict is made of something else than pairs");
            Unpickler.Set(dictionary, two[0], two[1], budget);
        }
        return dictionary;
    }

    private static PyTorchTensor Tensor(PyTorchStorage storage, long offset, object?[] size, object?[] stride, ReadBudget budget)
    {
        if (size.Length != stride.Length || size.Length > MostDimensions) throw new FormatException($"a tensor has {size.Length} sizes and {stride.Length} strides");
        var (shape, strides) = (Numbers(size, "sizes"), Numbers(stride, "strides"));
        Int128 count = 1, last = 0;
        for (var i = 0; i < shape.Length; i++)
        {
            count *= shape[i];
            last += (Int128)(shape[i] - 1) * strides[i];
            if (count > long.MaxValue || last > long.MaxValue) throw new FormatException($"the sizes [{string.Join(',', shape)}] of a tensor overflow");
        }
        var needed = count == 0 ? offset : offset + last + 1;
        if (offset < 0 || needed > storage.ElementCount)
        {
            throw new FormatException(
                $"a tensor [{string.Join(',', shape)}] with strides [{string.Join(',', strides)}] at element {offset} leaves its storage '{Shown(storage.Key)}' of {storage.ElementCount} elements");
        }
        budget.Charge(300 + count * storage.Type.SizeInBytes());
        return new PyTorchTensor(storage, offset, shape, strides, (long)count);
    }

    private static long[] Numbers(object?[] values, string what)
    {
        var numbers = new long[values.Length];
        for (var i = 0; i < values.Length; i++)
            numbers[i] = values[i] is long number and >= 0 ? number : throw new FormatException($"the {what} of a tensor hold something else than natural numbers");
        return numbers;
    }

    private static byte[] Latin1(string text, ReadBudget budget)
    {
        budget.Charge(32 + text.Length);
        if (text.Any(c => c > 255)) throw new FormatException("a byte string has characters beyond Latin-1");
        return Encoding.Latin1.GetBytes(text);
    }

    private static object Scalar(NumpyType type, byte[] bytes)
    {
        if (type.Code is not [var kind, var digit] || digit - '0' != bytes.Length || bytes.Length > 8 || type.IsBigEndian)
            throw new FormatException($"a numpy scalar of type '{Shown(type.Code)}' with {bytes.Length} bytes cannot be read");
        Span<byte> wide = stackalloc byte[8];
        bytes.CopyTo(wide);
        var bits = BinaryPrimitives.ReadInt64LittleEndian(wide);
        return (kind, bytes.Length) switch
        {
            ('f', 8) => BitConverter.Int64BitsToDouble(bits),
            ('f', 4) => (double)BitConverter.Int32BitsToSingle((int)bits),
            ('f', 2) => (double)BitConverter.Int16BitsToHalf((short)bits),
            ('i', 8) or ('u', 1 or 2 or 4) => bits,
            ('i', 4) => (long)(int)bits,
            ('i', 2) => (long)(short)bits,
            ('i', 1) => (long)(sbyte)bits,
            ('u', 8) when bits >= 0 => bits,
            ('b', 1) when bits is 0 or 1 => bits == 1,
            _ => throw new FormatException($"a numpy scalar of type '{Shown(type.Code)}' cannot be read"),
        };
    }
}
