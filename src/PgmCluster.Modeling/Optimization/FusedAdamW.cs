using System.Runtime.InteropServices;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Optimization;

/// <summary>
/// AdamW in one pass over memory: libtorch's own fused kernel, which TorchSharp does not expose, called through libtorch's C interface.
/// That interface passes every argument as 64 bits: numbers by their bits, tensors and lists as handles, which the call takes over.
/// </summary>
public static class FusedAdamW
{
    private const string Library = "torch_cpu";
    private const long TestElements = 1000;
    private static readonly Lazy<string?> Tested = new(SelfTest);

    /// <summary>Why the kernel cannot be used here, as a part of a sentence; null where it can.</summary>
    public static string? Problem => Tested.Value;

    /// <summary>One step, in place. All tensors F32, contiguous, of one length.</summary>
    /// <param name="t">Weights, gradients and moments.</param>
    /// <param name="settings">The optimizer's settings.</param>
    /// <param name="steps">F32 scalar: the step's number, counted from 1.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="foundInf">F32 scalar beside the others: where it is 1, nothing changes. Null for 0.</param>
    /// <exception cref="InvalidOperationException">libtorch refused the call.</exception>
    internal static void Apply(in AdamWTensors t, AdamWSettings settings, Tensor steps, double learningRate, Tensor? foundInf = null)
    {
        const ulong none = 0, no = 0;
        // _fused_adamw_(self, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, state_steps, lr, beta1, beta2, weight_decay, eps, amsgrad,
        // maximize, grad_scale, found_inf)
        Span<ulong> arguments =
        [
            List(t.Values), List(t.Gradients), List(t.FirstMoment), List(t.SecondMoment), List(null), List(steps),
            Bits(learningRate), Bits(settings.Beta1), Bits(settings.Beta2), Bits(settings.WeightDecay), Bits(settings.Epsilon),
            no, no, none, Optional(foundInf),
        ];
        Check(aoti_torch_call_dispatcher("aten::_fused_adamw_", "", ref MemoryMarshal.GetReference(arguments)), "_fused_adamw_");
        GC.KeepAlive(t);
        GC.KeepAlive(steps);
        GC.KeepAlive(foundInf);
    }

    /// <summary>Compares three steps with <see cref="ManagedAdamW"/>: another libtorch may order the arguments differently.</summary>
    private static string? SelfTest()
    {
        if (!NativeRuntime.LibtorchVersion.StartsWith("2.10.", StringComparison.Ordinal))
            return $"it is known to work with libtorch 2.10 only, this is {NativeRuntime.LibtorchVersion}";
        NativeRuntime.Load();
        try
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var settings = new AdamWSettings();
            var start = linspace(-1, 1, TestElements, dtype: float32, device: CPU);
            var gradients = (start * 7).sin();
            AdamWTensors State() => new(start.clone(), gradients, zeros_like(start), zeros_like(start));
            var (fused, managed, scratch) = (State(), State(), zeros_like(start));
            for (var step = 0; step < 3; step++)
            {
                Apply(fused, settings, tensor(step + 1f, device: CPU), 0.01);
                ManagedAdamW.Apply(managed, settings, scratch, step, 0.01);
            }
            var before = fused.Values.clone();
            Apply(fused, settings, tensor(4f, device: CPU), 0.01, ones([], dtype: float32, device: CPU));
            if (HostRead.Scalar<bool>(fused.Values.ne(before).any()))
                return "it changes weights although it is told that a number is not finite";
            var difference = HostRead.Scalar<float>((fused.Values - managed.Values).abs().max());
            return difference <= 1e-6 ? null : $"its result differs from the managed optimizer's by {difference}";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException or InvalidOperationException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>A list of one tensor, or of none. The duplicate of the handle and the list end with the call that receives them.</summary>
    private static ulong List(Tensor? tensor)
    {
        Check(torch_new_list_reserve_size(1, out var list), "a list");
        if (tensor is not null)
        {
            Check(aoti_torch_new_tensor_handle(tensor.Handle, out var duplicate), "a handle");
            Check(torch_list_push_back(list, (ulong)duplicate), "a list");
        }
        return (ulong)list;
    }

    /// <summary>An optional tensor: a number of the C library's, which the call frees, that holds the handle.</summary>
    private static unsafe ulong Optional(Tensor? tensor)
    {
        if (tensor is null) return 0;
        Check(aoti_torch_new_tensor_handle(tensor.Handle, out var duplicate), "a handle");
        var holder = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *holder = (ulong)duplicate;
        return (ulong)holder;
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    private static void Check(int error, string what)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch refused {what}");
    }

    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int aoti_torch_call_dispatcher(string operation, string overload, ref ulong stack);

    [DllImport(Library)]
    private static extern int aoti_torch_new_tensor_handle(nint tensor, out nint duplicate);

    [DllImport(Library)]
    private static extern int torch_new_list_reserve_size(nuint size, out nint list);

    [DllImport(Library)]
    private static extern int torch_list_push_back(nint list, ulong element);
}
