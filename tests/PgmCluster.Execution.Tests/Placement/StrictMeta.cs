using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PgmCluster.Modeling.Runtime;
using static PgmCluster.Execution.Tests.Placement.Aoti;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>
/// Makes libtorch's device without memory ("meta") as strict as a GPU: every operator that takes more than one tensor, or has no kernel
/// there, gets one that notes each tensor that lies elsewhere. The shapes of its results come from the operator itself, run on zeros on the
/// CPU. For the rest of the process. Operators with a number of any type among their arguments cannot be replaced this way; those refuse
/// mixed devices themselves, but for <c>addmm</c>, which the linear layer's own comparison covers.
/// </summary>
internal static unsafe class StrictMeta
{
    /// <summary>Nothing is computed there, and what is changed is which memory a tensor has.</summary>
    private static readonly string[] Left = ["set_.source_Tensor", "resize_as_", "resize_"];

    private static readonly ConcurrentQueue<string> Noted = new();
    private static ConcurrentDictionary<string, bool>? _called;
    private static readonly List<Kernel> Kept = [];
    private static readonly Lazy<IReadOnlyCollection<string>> Registered = new(Register);

    /// <summary>Names of the replaced operators.</summary>
    public static IReadOnlyCollection<string> Operators => Registered.Value;

    /// <summary>
    /// Runs something on the device without memory and gives what was found elsewhere: operator, argument and the callers.
    /// </summary>
    public static IReadOnlyList<string> Violations(Action action)
    {
        _ = Operators;
        Noted.Clear();
        Modeling.Runtime.Placement.IsChecked = true;
        try
        {
            action();
        }
        finally
        {
            Modeling.Runtime.Placement.IsChecked = false;
        }
        return [.. Noted];
    }

    /// <summary>
    /// Runs something on the device without memory and gives the replaced operators that it called, without their overloads.
    /// </summary>
    public static IReadOnlySet<string> Called(Action action)
    {
        _ = Operators;
        var called = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        _called = called;
        try
        {
            action();
        }
        finally
        {
            _called = null;
        }
        return called.Keys.ToHashSet(StringComparer.Ordinal);
    }

    private static HashSet<string> Register()
    {
        NativeRuntime.Load();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (aoti_torch_library_init_impl("aten", "Meta", nameof(StrictMeta), 1, out var library) != 0)
            throw new InvalidOperationException("libtorch gave no library to register kernels in.");
        var file = Path.Combine(AppContext.BaseDirectory, "libtorch_cpu.so");
        foreach (var schema in LibtorchOperators.Read(file).Where(s => !Left.Contains(s.FullName)))
        {
            var kernel = new Kernel((stack, inputs, outputs) => Run(schema, stack, (int)inputs, (int)outputs));
            Kept.Add(kernel);
            if (aoti_torch_library_impl(library, schema.FullName, kernel) == 0) names.Add(schema.FullName);
        }
        return names;
    }

    private static void Run(OperatorSchema schema, ulong* stack, int inputs, int outputs)
    {
        _called?.TryAdd(schema.Name, true);
        var arguments = stackalloc ulong[Math.Max(Math.Max(inputs, outputs), 1)];
        var written = new Dictionary<string, nint>();
        var originals = new List<nint>();
        for (var i = 0; i < inputs; i++)
        {
            var (type, alias) = schema.Arguments[i];
            arguments[i] = stack[i];
            switch (type)
            {
                case "Tensor":
                    arguments[i] = (ulong)Replace((nint)stack[i], schema, i, originals);
                    if (alias is not null) written[alias] = (nint)stack[i];
                    break;
                case "Tensor?" when stack[i] != 0:
                    *(ulong*)stack[i] = (ulong)Replace((nint)(*(ulong*)stack[i]), schema, i, originals);
                    break;
                case "Tensor[]" or "Tensor?[]":
                    ReplaceItems((nint)stack[i], type, schema, i, originals);
                    break;
            }
        }
        var failed = aoti_torch_call_dispatcher($"aten::{schema.Name}", schema.Overload, arguments) != 0;
        if (failed) Note(schema, -1, "it failed on the CPU");
        for (var i = 0; i < outputs; i++)
        {
            if (schema.Returns[i].Alias is { } alias && written.TryGetValue(alias, out var self))
            {
                if (!failed)
                {
                    if (schema.IsOut) Reshape(self, (nint)arguments[i]);
                    _ = aoti_torch_delete_tensor_object((nint)arguments[i]);
                }
                originals.Remove(self);
                stack[i] = (ulong)self;
                continue;
            }
            stack[i] = (ulong)AsMeta((nint)arguments[i]);
        }
        foreach (var handle in originals) _ = aoti_torch_delete_tensor_object(handle);
    }

    private static void ReplaceItems(nint list, string type, OperatorSchema schema, int argument, List<nint> originals)
    {
        _ = torch_list_size(list, out var size);
        for (nuint k = 0; k < size; k++)
        {
            _ = torch_list_get_item(list, k, out var item);
            if (type == "Tensor[]") _ = torch_list_set_item(list, k, (ulong)Replace((nint)item, schema, argument, originals));
            else if (item != 0) *(ulong*)item = (ulong)Replace((nint)(*(ulong*)item), schema, argument, originals);
        }
    }

    /// <summary>Zeros on the CPU in place of a tensor that must be on the device without memory.</summary>
    private static nint Replace(nint tensor, OperatorSchema schema, int argument, List<nint> originals)
    {
        _ = aoti_torch_is_defined(tensor, out var defined);
        if (!defined) return tensor;
        originals.Add(tensor);
        _ = aoti_torch_get_device_type(tensor, out var device);
        // A scalar on the CPU goes with any device; copying is how tensors come from elsewhere.
        _ = aoti_torch_get_dim(tensor, out var dimensions);
        if (device != Meta && schema.Name != "copy_" && !(device == Cpu && dimensions == 0))
            Note(schema, argument, device == Cpu ? "is on the CPU" : $"is on a device of type {device}");
        // A number comes as such a scalar of type double, which must not widen the result as a tensor of doubles would.
        var zeros = Like(tensor, Cpu, device == Cpu && dimensions == 0);
        _ = aoti_torch_zero_(zeros);
        return zeros;
    }

    private static nint AsMeta(nint tensor)
    {
        if (tensor == 0) return 0;
        _ = aoti_torch_is_defined(tensor, out var defined);
        if (!defined) return tensor;
        var meta = Like(tensor, Meta);
        _ = aoti_torch_delete_tensor_object(tensor);
        return meta;
    }

    /// <summary>An operator that is given a tensor for its result makes that as large as it needs.</summary>
    private static void Reshape(nint meta, nint result)
    {
        _ = aoti_torch_get_dim(result, out var dimensions);
        _ = aoti_torch_get_sizes(result, out var sizes);
        _ = torch_new_list_reserve_size((nuint)dimensions, out var list);
        for (var i = 0; i < dimensions; i++) _ = torch_list_push_back(list, (ulong)((long*)sizes)[i]);
        _ = aoti_torch_new_tensor_handle(meta, out var handle);
        var arguments = stackalloc ulong[] { (ulong)handle, (ulong)list, 0 };
        if (aoti_torch_call_dispatcher("aten::resize_", "", arguments) == 0) _ = aoti_torch_delete_tensor_object((nint)arguments[0]);
    }

    private static nint Like(nint tensor, int device, bool isNumber = false)
    {
        _ = aoti_torch_get_dim(tensor, out var dimensions);
        _ = aoti_torch_get_sizes(tensor, out var sizes);
        _ = aoti_torch_get_strides(tensor, out var strides);
        _ = aoti_torch_get_dtype(tensor, out var type);
        if (isNumber && type == Float64) type = Float32;
        if (aoti_torch_empty_strided(dimensions, sizes, strides, type, device, 0, out var like) != 0)
            throw new InvalidOperationException("libtorch made no tensor.");
        return like;
    }

    private static void Note(OperatorSchema schema, int argument, string what)
    {
        var callers = new StackTrace().GetFrames().Select(f => f.GetMethod())
            .Where(
                m => m?.DeclaringType?.FullName?.StartsWith("PgmCluster.",
                    StringComparison.Ordinal) == true && m.DeclaringType.Namespace != typeof(StrictMeta).Namespace)
            .Select(m => $"{m!.DeclaringType!.Name}.{m.Name}").Take(4);
        Noted.Enqueue($"{schema.FullName}: argument {argument} {what} ({string.Join(" < ", callers)})");
    }
}
