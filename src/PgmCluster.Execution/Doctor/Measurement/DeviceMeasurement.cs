using System.Globalization;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>
/// Measures a device: products, copies, training and sampling of PGM and MaskGIT. Minutes; nothing else should use the machine
/// meanwhile.
/// </summary>
public static class DeviceMeasurement
{
    /// <param name="thread">The device's; all tensors live there.</param>
    /// <param name="progress">Told what is measured now, in a few words.</param>
    /// <param name="cancellation">Looked at between runs.</param>
    /// <exception cref="Data.BadInputException">The device cannot be opened.</exception>
    /// <exception cref="OutOfMemoryException">The device has less memory free than it has in all.</exception>
    public static Task<DeviceReport> Run(DeviceThread thread, Action<string> progress, CancellationToken cancellation = default) =>
        Run(thread, MeasurementPlan.For(thread.Device), progress, cancellation);

    internal static async Task<DeviceReport> Run(
        DeviceThread thread, MeasurementPlan plan, Action<string> progress, CancellationToken cancellation)
    {
        DeviceReport? report = null;
        await thread.Run(() => report = Measure(thread.Device, plan, progress, cancellation)).ConfigureAwait(false);
        return report!;
    }

    /// <summary>The figures as lines for people.</summary>
    public static IReadOnlyList<Finding> Lines(DeviceReport report)
    {
        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        var name = report.Device.Name;
        var products = string.Join(", ", report.Products.Select(p => Text($"{p.Type} {p.TeraflopsPerSecond:0.###} TFLOP/s")));
        var copies = string.Join(", ", report.Copies.Select(c => Text($"{c.Direction} {c.GigabytesPerSecond:0.#} GB/s")));
        var lines = new List<Finding>
        {
            Finding.Ok($"{name} products", $"{products} ({report.Products[0].Side} square)"),
            Finding.Ok($"{name} copies", copies),
        };
        foreach (var t in report.Training)
        {
            var how = $"{t.BatchSize} in {t.Precision} ({t.MicroBatches} micro-batches{(t.Recompute ? ", recomputing" : "")})";
            var found = Text($"{t.StepsPerSecond:0.###} steps/s of {how}, {t.TeraflopsPerSecond:0.###} TFLOP/s, ")
                + Text($"{t.ShareOfProduct:0%} of the product's, {t.PeakMegabytes:0} MB, {t.HostReadsPerStep:0.##} host reads a step");
            lines.Add(t.HostReadsPerStep <= 1
                ? Finding.Ok($"{name} training {t.Preset}", found)
                : Finding.Warning(
                    $"{name} training {t.Preset}", found,
                    "One read a step is promised, and each more holds the device up: report it with this file."));
        }
        foreach (var s in report.Sampling)
        {
            var speed = Text($"{s.MedianSeconds:0.###} s, {s.ImagesPerSecond:0.###} images/s in {report.Sampler.Steps} steps, ");
            var work = Text($"{s.GigaOperationsPerSecond / 1000:0.###} TFLOP/s, {s.PeakMegabytes:0} MB");
            lines.Add(Finding.Ok($"{name} sampling {s.Subject}, batch {s.Batch}", speed + work));
        }
        return lines;
    }

    private static DeviceReport Measure(ComputeDevice device, MeasurementPlan plan, Action<string> progress, CancellationToken cancellation)
    {
        var measuredAt = DateTimeOffset.UtcNow;
        progress("products");
        var products = RawRates.Products(device, plan, cancellation);
        progress("copies");
        var copies = RawRates.Copies(device, plan, cancellation);
        var training = new List<TrainingRate>();
        foreach (var specification in plan.Models)
        {
            progress($"training {specification.Preset}");
            var product = products.First(p => p.Type == specification.Numerics.Precision).TeraflopsPerSecond;
            training.Add(TrainingMeasurement.Run(specification, device, product, plan.TimeEach, cancellation));
        }
        progress($"sampling {string.Join(" and ", plan.Models.Select(m => m.Preset))}");
        var (sampling, reads) = Sampling(device, plan, cancellation);
        return new DeviceReport
        {
            MeasuredAt = measuredAt,
            Machine = MachineFacts.Current(),
            Device = device,
            Products = products,
            Copies = copies,
            Training = training,
            Protocol = plan.Protocol,
            Sampler = plan.Sampler,
            Sampling = sampling,
            HostReadsPerSample = reads,
        };
    }

    private static (IReadOnlyList<SpeedResult> Results, IReadOnlyList<long> Reads) Sampling(
        ComputeDevice device, MeasurementPlan plan, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        SpeedSubject[] subjects = [.. plan.Models.Select(m => SpeedSubjects.Of(m, plan.Sampler, device))];
        var results = SpeedMeasurement.Run(subjects, plan.Protocol, device, cancellation: cancellation);
        return (results, [.. subjects.Select(s => Reads(s, device))]);
    }

    /// <summary>Reads while one image is drawn, without that of the codes themselves.</summary>
    private static long Reads(SpeedSubject subject, ComputeDevice device)
    {
        using var scope = NewDisposeScope();
        var before = HostRead.Count;
        var draws = new SamplerDraws(RandomStream.Of(0, RandomPurpose.Sampling), device.Torch);
        var sampler = new TokenSampler(subject.Model, subject.Settings, subject.Height, subject.Width);
        sampler.Sample(zeros(1, dtype: int64, device: device.Torch), draws);
        return HostRead.Count - before;
    }
}
