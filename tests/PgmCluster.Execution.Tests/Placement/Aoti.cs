using System.Runtime.InteropServices;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>
/// libtorch's C interface, as far as kernels need it. Arguments take 8 bytes each: numbers by their bits, tensors and lists as handles.
/// </summary>
internal static unsafe class Aoti
{
    public const int Cpu = 0, Meta = 14, Float32 = 6, Float64 = 7;
    private const string Library = "torch_cpu";

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void Kernel(ulong* stack, ulong inputs, ulong outputs);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int aoti_torch_library_init_impl(string space, string key, string file, uint line, out nint library);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int aoti_torch_library_impl(nint library, string name, Kernel kernel);

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int aoti_torch_call_dispatcher(string operation, string overload, ulong* stack);

    [DllImport(Library)]
    public static extern int aoti_torch_delete_tensor_object(nint tensor);

    [DllImport(Library)]
    public static extern int aoti_torch_is_defined(nint tensor, [MarshalAs(UnmanagedType.U1)] out bool defined);

    [DllImport(Library)]
    public static extern int aoti_torch_get_device_type(nint tensor, out int type);

    [DllImport(Library)]
    public static extern int aoti_torch_get_dim(nint tensor, out long dimensions);

    [DllImport(Library)]
    public static extern int aoti_torch_get_sizes(nint tensor, out nint sizes);

    [DllImport(Library)]
    public static extern int aoti_torch_get_strides(nint tensor, out nint strides);

    [DllImport(Library)]
    public static extern int aoti_torch_get_dtype(nint tensor, out int type);

    [DllImport(Library)]
    public static extern int aoti_torch_empty_strided(
        long dimensions, nint sizes, nint strides, int type, int deviceType, int deviceIndex, out nint tensor);

    [DllImport(Library)]
    public static extern int aoti_torch_zero_(nint tensor);

    [DllImport(Library)]
    public static extern int aoti_torch_new_tensor_handle(nint tensor, out nint duplicate);

    [DllImport(Library)]
    public static extern int torch_new_list_reserve_size(nuint size, out nint list);

    [DllImport(Library)]
    public static extern int torch_list_push_back(nint list, ulong element);

    [DllImport(Library)]
    public static extern int torch_list_size(nint list, out nuint size);

    [DllImport(Library)]
    public static extern int torch_list_get_item(nint list, nuint index, out ulong element);

    [DllImport(Library)]
    public static extern int torch_list_set_item(nint list, nuint index, ulong element);
}
