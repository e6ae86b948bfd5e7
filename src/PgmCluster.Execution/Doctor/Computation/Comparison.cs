using System.Globalization;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>What was computed against what was recorded; of all that was added, the worst is kept.</summary>
internal sealed class Comparison
{
    private const string Advice =
        "Do not train or sample on this device: look at 'nvidia-smi -q' and the kernel's log, update the driver, and try another libtorch "
        + "(PGM_LIBTORCH); if the line stays, report it with the output of 'pgm doctor --json'.";

    private const string CpuAdvice =
        "Do not train or sample on this machine: try another libtorch (PGM_LIBTORCH) and test its memory; if the line stays, report it "
        + "with the output of 'pgm doctor --json'.";

    private double _difference, _bound, _ratio = double.NegativeInfinity;
    private string _where = "";

    /// <summary>Compares element by element: |expected - actual| may be absolute + relative |expected|.</summary>
    /// <param name="what">Named where it is the worst and too far.</param>
    /// <param name="expected">On the CPU.</param>
    /// <param name="actual">Anywhere, of the same shape; read back.</param>
    public void Add(string what, Tensor expected, Tensor actual, double absolute, double relative)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (!expected.shape.SequenceEqual(actual.shape))
        {
            throw new InvalidOperationException(
                $"{what} is [{string.Join(',', actual.shape)}] instead of [{string.Join(',', expected.shape)}]");
        }
        var (e, a) = (expected.to_type(float64).flatten(), HostRead.Copy(actual).to_type(float64).flatten());
        var bounds = e.abs() * relative + absolute;
        var differences = (e - a).abs();
        // What is not a number is beyond every bound.
        var worst = HostRead.Scalar<long>((differences / bounds).nan_to_num(double.PositiveInfinity, double.PositiveInfinity).argmax());
        Add(what, HostRead.Scalar<double>(differences[worst]), HostRead.Scalar<double>(bounds[worst]));
    }

    /// <summary>Compares one number.</summary>
    public void Add(string what, double expected, double actual, double absolute) => Add(what, Math.Abs(expected - actual), absolute);

    public void Add(string what, double difference, double bound)
    {
        var ratio = double.IsFinite(difference) ? difference / bound : double.PositiveInfinity;
        if (ratio <= _ratio) return;
        (_difference, _bound, _ratio, _where) = (difference, bound, ratio, what);
    }

    /// <param name="subject">Device, what was computed, and how.</param>
    /// <param name="note">Said as well; empty for nothing.</param>
    /// <param name="isCpu">What can be done differs.</param>
    public Finding ToFinding(string subject, bool isCpu, string note = "")
    {
        if (double.IsNegativeInfinity(_ratio)) throw new InvalidOperationException("nothing was compared");
        var found = string.Create(
            CultureInfo.InvariantCulture,
            $"{_where} differ most from what was recorded: by {_difference:0.0e+0}, and {_bound:0.0e+0} is allowed{note}");
        return _ratio <= 1 ? Finding.Ok(subject, found) : Failed(subject, found, isCpu);
    }

    /// <summary>Something that a device must not do.</summary>
    public static Finding Failed(string subject, string found, bool isCpu) => Finding.Failed(subject, found, isCpu ? CpuAdvice : Advice);
}
