using System.Buffers.Binary;
using System.Text;
using PgmCluster.Data.Names;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.PyTorch;

/// <summary>
/// The names that a pickle may use, and what each of them makes here. None of them is looked up anywhere: a name is compared with this list
/// and either stands for a few lines below, or is kept as a name. Names whose only purpose in a file is to run something are refused.
/// </summary>
internal static class PickleGlobals
{
    private const int MostDimensions = 64;

    /// <summary>Bytes of an opaque value beside its name.</summary>
    private const int OpaqueCost = 200;

    /// <summary>A name that makes something when it is called.</summary>
    internal enum Function
    {
        OrderedDict, DefaultDict, RebuildTensor, RebuildTensorV2, RebuildTensorV3, RebuildParameter, RebuildParameterWithState,
        RebuildFromType,
        Size, Device, Encode, NumpyScalar, NumpyType, Reconstruct, Attribute,
    }

    private sealed class Listed(string name, Function function) : OpaqueValue(name)
    {
        public Function Function { get; } = function;
    }

    /// <summary>A class of storages; without a type where its elements have none, or one that is not read here.</summary>
    internal sealed class StorageClass(string name, TensorType? type, int size) : OpaqueValue(name)
    {
        public TensorType? Type { get; } = type;

        /// <summary>Bytes per element; 0 where the class does not say.</summary>
        public int Size { get; } = size;
    }

    /// <summary>numpy's description of a scalar: a kind and its width, such as "f8".</summary>
    internal sealed class NumpyType(string code) : OpaqueValue("numpy.dtype")
    {
        public string Code { get; } = code;

        public bool IsBigEndian { get; set; }
    }

    private static readonly HashSet<string> ElementTypes = new(StringComparer.Ordinal)
    {
        "float64", "double", "float32", "float", "float16", "half", "bfloat16", "complex64", "complex128",
        "int64", "long", "int32", "int", "int16", "short", "int8", "uint8", "bool", "uint16", "uint32", "uint64",
    };

    /// <summary>What a name stands for.</summary>
    /// <exception cref="PickleRefusedException">It is there to run something.</exception>
    public static OpaqueValue Find(string module, string name, ReadBudget budget)
    {
        budget.Charge(OpaqueCost);
        switch (module, name)
        {
            case ("collections", "OrderedDict"): return Of(Function.OrderedDict);
            case ("collections", "defaultdict"): return Of(Function.DefaultDict);
            case ("torch._utils", "_rebuild_tensor"): return Of(Function.RebuildTensor);
            case ("torch._utils", "_rebuild_tensor_v2"): return Of(Function.RebuildTensorV2);
            case ("torch._utils", "_rebuild_tensor_v3"): return Of(Function.RebuildTensorV3);
            case ("torch._utils", "_rebuild_parameter"): return Of(Function.RebuildParameter);
            case ("torch._utils", "_rebuild_parameter_with_state"): return Of(Function.RebuildParameterWithState);
            case ("torch._tensor", "_rebuild_from_type" or "_rebuild_from_type_v2"): return Of(Function.RebuildFromType);
            case ("torch", "Size"): return Of(Function.Size);
            case ("torch", "device"): return Of(Function.Device);
            case ("_codecs", "encode"): return Of(Function.Encode);
            case ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar"): return Of(Function.NumpyScalar);
            case ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct"): return Of(Function.Reconstruct);
            case ("copyreg" or "copy_reg", "_reconstructor" or "__newobj__"): return Of(Function.Reconstruct);
            case ("builtins" or "__builtin__", "getattr"): return Of(Function.Attribute);
            case ("numpy", "dtype"): return Of(Function.NumpyType);
            case ("torch.storage" or "torch", "UntypedStorage"): return new StorageClass(name, TensorType.U8, 1);
            case ("torch.storage" or "torch", "TypedStorage"): return new StorageClass(name, null, 0);
            case ("torch", _) when StorageTypes.Find(name) is { } type: return new StorageClass(name, type, type.SizeInBytes());
            case ("torch", _) when name.EndsWith("Storage", StringComparison.Ordinal):
                return new StorageClass(
                Shown(name), null, StorageTypes.SizeOfUnread(name));
            case var _ when HostileNames.Contains(module, name): throw Refused();
            default: return Named($"{Shown(module)}.{Shown(name)}", budget);
        }

        Listed Of(Function function) => new($"{module}.{name}", function);

        PickleRefusedException Refused() =>
            new(
                $"it asks for the Python object '{Shown(module)}.{Shown(name)}', which is there to run something and which no checkpoint "
                + "needs");
    }

    /// <summary>A value that stands for its name alone.</summary>
    public static OpaqueValue Named(string name, ReadBudget budget)
    {
        budget.Charge(OpaqueCost + 2 * name.Length);
        return new OpaqueValue(name);
    }

    /// <summary>A dtype of PyTorch, or null where the name is none that has a meaning here.</summary>
    public static TorchSymbol? ElementType(string module, string name) =>
        module == "torch" && ElementTypes.Contains(name) ? new TorchSymbol($"torch.{name}") : null;

    /// <summary>Calls what <see cref="Find"/> gave; what is only a name makes a value of that name.</summary>
    public static object? Call(object? function, object?[] arguments, ReadBudget budget) => function switch
    {
        Listed listed => Call(listed.Function, arguments, budget),
        OpaqueValue unknown => Named(unknown.Name, budget),
        _ => throw new FormatException("something is called that is no function"),
    };

    private static object? Call(Function function, object?[] arguments, ReadBudget budget) => (function, arguments) switch
    {
        (Function.OrderedDict, []) => NewDictionary(budget),
        (Function.OrderedDict, [List<object?> pairs]) => FromPairs(pairs, budget),
        (Function.DefaultDict, [] or [_]) => NewDictionary(budget, isOrderedDict: false),
        (Function.RebuildTensor, [PyTorchStorage storage, long offset, object?[] size, object?[] stride]) =>
            Tensor(storage, offset, size, stride, budget),
        (Function.RebuildTensorV2, [PyTorchStorage storage, long offset, object?[] size, object?[] stride, bool, _]) =>
            Tensor(storage, offset, size, stride, budget),
        (Function.RebuildTensorV2, [PyTorchStorage storage, long offset, object?[] size, object?[] stride, bool, _, _]) =>
            Tensor(storage, offset, size, stride, budget),
        (Function.RebuildTensorV3,
            [PyTorchStorage storage, long offset, object?[] size, object?[] stride, bool, _, TorchSymbol type,
                ..]) when StorageTypes.OfDtype(type.Name) is { } known =>
            Tensor(storage, offset, size, stride, budget, known),
        (Function.RebuildTensorV3,
            [PyTorchStorage, long, object?[], object?[], bool, _, var type, ..]) => Named($"tensor of {type}", budget),
        (Function.RebuildParameter, [(PyTorchTensor or OpaqueValue) and var data, bool, _]) => data,
        (Function.RebuildParameterWithState, [(PyTorchTensor or OpaqueValue) and var data, bool, _, _]) => data,
        (Function.RebuildFromType, [Listed rebuild, _, object?[] inner, _]) when rebuild.Function is not Function.RebuildFromType =>
            Call(rebuild.Function, inner, budget),
        (Function.RebuildFromType, [OpaqueValue unknown, ..]) => Named(unknown.Name, budget),
        (Function.Size, [object?[] sizes]) => sizes,
        (Function.Device, [string name]) => new TorchSymbol(name),
        (Function.Device, [string name, long index]) => new TorchSymbol($"{name}:{index}"),
        (Function.Encode, [string text, "latin1"]) => Latin1(text, budget),
        (Function.NumpyType, [string code, ..]) => NewNumpyType(code, budget),
        (Function.NumpyScalar, [NumpyType type, byte[] bytes]) => Scalar(type, bytes, budget),
        (Function.NumpyScalar, [NumpyType type, ..]) => Named($"numpy scalar of {Shown(type.Code)}", budget),
        (Function.Reconstruct, [OpaqueValue made, ..]) => Named(made.Name, budget),
        (Function.Attribute, [OpaqueValue owner, string name]) => Named($"{owner.Name}.{Shown(name)}", budget),
        (Function.Attribute, [_, string name]) => Named($"getattr.{Shown(name)}", budget),
        _ => throw new FormatException($"{function} is called with {arguments.Length} arguments that do not fit it"),
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
            if (pair is not ((object?[] or List<object?>) and IReadOnlyList<object?> { Count: 2 } two))
                throw new FormatException("an OrderedDict is made of something else than pairs");
            PickleKeys.Set(dictionary, two[0], two[1], budget);
        }
        return dictionary;
    }

    private static NumpyType NewNumpyType(string code, ReadBudget budget)
    {
        budget.Charge(OpaqueCost);
        return new NumpyType(code);
    }

    private static object Tensor(
        PyTorchStorage storage, long offset, object?[] size, object?[] stride, ReadBudget budget, TensorType? type = null)
    {
        if (storage.UnreadType is { } unread) return Named($"tensor of {unread}", budget);
        if (size.Length != stride.Length || size.Length > MostDimensions)
            throw new FormatException($"a tensor has {size.Length} sizes and {stride.Length} strides");
        var (shape, strides) = (Numbers(size, "sizes"), Numbers(stride, "strides"));
        Int128 count = 1, last = 0;
        for (var i = 0; i < shape.Length; i++)
        {
            count *= shape[i];
            last += (Int128)(shape[i] - 1) * strides[i];
            if (count > long.MaxValue || last > long.MaxValue)
                throw new FormatException($"the sizes [{string.Join(',', shape)}] of a tensor overflow");
        }
        var needed = count == 0 ? offset : offset + last + 1;
        // A storage of bytes holds elements of a type that stands beside it.
        var (elementSize, capacity) = ((type ?? storage.Type).SizeInBytes(), storage.Length);
        if (offset < 0 || needed > capacity / elementSize)
        {
            throw new FormatException(
                $"a tensor [{string.Join(',', shape)}] with strides [{string.Join(',', strides)}] at element {offset} leaves its "
                + $"storage '{Shown(storage.Key)}' of {capacity / elementSize} elements");
        }
        budget.Charge(300 + count * elementSize);
        return new PyTorchTensor(storage, type ?? storage.Type, offset, shape, strides, (long)count);
    }

    private static long[] Numbers(object?[] values, string what)
    {
        var numbers = new long[values.Length];
        for (var i = 0; i < values.Length; i++)
            numbers[i] = values[i] is long number and >= 0
                ? number
                : throw new FormatException($"the {what} of a tensor hold something else than natural numbers");
        return numbers;
    }

    private static byte[] Latin1(string text, ReadBudget budget)
    {
        budget.Charge(32 + text.Length);
        if (text.Any(c => c > 255)) throw new FormatException("a byte string has characters beyond Latin-1");
        return Encoding.Latin1.GetBytes(text);
    }

    private static object Scalar(NumpyType type, byte[] bytes, ReadBudget budget)
    {
        if (type.Code is not [var kind, var digit] || digit - '0' != bytes.Length || bytes.Length > 8 || type.IsBigEndian)
            return Named($"numpy scalar of {Shown(type.Code)}", budget);
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
            _ => Named($"numpy scalar of {Shown(type.Code)}", budget),
        };
    }
}
