using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Doctor.Measurement;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Execution.Tests.Placement;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Doctor;

[Collection(nameof(AloneOnMeta))]
public class DeviceMeasurementTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Run_Cpu_MeasuresEverythingAndIsWrittenAsOneDocument()
    {
        using var thread = new DeviceThread(ComputeDevice.Cpu());
        var stages = new List<string>();

        var report = await DeviceMeasurement.Run(thread, Small, stages.Add, CancellationToken.None);

        Assert.Equal(
            ["products", "copies", "training pgm-smoke", "training maskgit-smoke", "sampling pgm-smoke and maskgit-smoke"], stages);
        Assert.Equal(["float32", "bfloat16"], report.Products.Select(p => p.Type));
        Assert.All(report.Products, p => Assert.True(p.TeraflopsPerSecond > 0));
        Assert.True(Assert.Single(report.Copies).GigabytesPerSecond > 0);
        Assert.Equal(["pgm-smoke", "maskgit-smoke"], report.Training.Select(t => t.Preset));
        Assert.All(report.Training, t =>
        {
            Assert.True(t.Steps >= 3 && t.StepsPerSecond > 0 && t.Parameters > 0 && t.PeakMegabytes > 0);
            Assert.Equal(t.TeraflopsPerSecond / report.Products[0].TeraflopsPerSecond, t.ShareOfProduct, 12);
        });
        (string, int)[] sampled = [("pgm-smoke", 1), ("maskgit-smoke", 1), ("pgm-smoke", 2), ("maskgit-smoke", 2)];
        Assert.Equal(sampled, report.Sampling.Select(s => (s.Subject, s.Batch)));
        var json = WorkJson.Write(report);
        Assert.Equal(json, WorkJson.Write(WorkJson.Read<DeviceReport>(json)));
        Assert.Contains("\"libtorch\":\"2.", json, StringComparison.Ordinal);
        var lines = DeviceMeasurement.Lines(report);
        Assert.Equal(2 + 2 + 4, lines.Count);
        foreach (var line in lines) output.WriteLine(line.ToString());
        output.WriteLine(json);
    }

    [Fact]
    public void For_GpusOfOtherSizes_MeasuresWhatTheirMemoryHolds()
    {
        foreach (var (gigabytes, published) in new[] { (141, true), (80, true), (40, true), (24, false) })
        {
            var gpu = ComputeDevice.Cuda(0, new GpuFacts("Test GPU", gigabytes * 1_000_000_000L, 9, 0, "GPU-0", "570, CUDA 12.8"));
            var plan = MeasurementPlan.For(gpu);
            Assert.Equal(published ? ["pgm-12-12", "maskgit"] : ["pgm-fashion", "maskgit-fashion"], plan.Models.Select(m => m.Preset));
            Assert.All(plan.Models, m =>
            {
                Assert.True(MemoryEstimate.Of(m)!.Total < gpu.Gpu!.MemoryBytes);
                Assert.Equal("bfloat16", m.Numerics.Precision);
            });
            Assert.Equal([1, 32], plan.Protocol.Batches);
            Assert.Equal((12, 2), (plan.Protocol.Runs, plan.Protocol.Dropped));
        }
        var cpu = MeasurementPlan.For(ComputeDevice.Cpu());
        Assert.Equal(["pgm-fashion", "maskgit-fashion"], cpu.Models.Select(m => m.Preset));
        Assert.Equal(["float32"], cpu.Models.Select(m => m.Numerics.Precision).Distinct());
    }

    /// <summary>Without a GPU: on libtorch's device without memory what a step reads is counted as there.</summary>
    [Fact]
    public void Training_OnADeviceOfItsOwn_CountsOneHostReadAStep()
    {
        TrainingRate? rate = null;

        Assert.Empty(StrictMeta.Violations(
            () => rate = TrainingMeasurement.Run(Small.Models[0], ComputeDevice.Meta, 1, TimeSpan.Zero, CancellationToken.None)));

        Assert.Equal(1, rate!.HostReadsPerStep);
    }

    /// <summary>
    /// Numbers are none there, so that its lines fail; but all of them get as far as comparing (samplers only where the codes before are
    /// those recorded).
    /// </summary>
    [Fact]
    public void Examination_OnADeviceOfItsOwn_PlacesEverythingThere()
    {
        var findings = new List<Finding>();
        using var thread = new DeviceThread(ComputeDevice.Meta, _ => { });

        Assert.Empty(StrictMeta.Violations(() => DeviceExamination.Run(thread, findings.Add).GetAwaiter().GetResult()));

        var compared = findings.Where(f => f.Subject.Contains(", ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2 * (2 * 6 + 1) + 1, compared.Length);
        const string Compared =
            "differ most from what was recorded|are not those that were recorded|equal bits|averages differ|nothing was compared";
        Assert.All(compared, f => Assert.Matches(Compared, f.Found));
    }

    /// <summary>What is measured of a GPU that nobody waits for is how fast it is given orders.</summary>
    [Fact]
    public void Speed_OnADeviceOfItsOwn_WaitsForEveryBatch()
    {
        _ = StrictMeta.Operators;
        using var scope = NewDisposeScope();
        var subject = SpeedSubjects.Of(Small.Models[0], Small.Sampler, ComputeDevice.Meta);
        var before = HostRead.Count;

        SpeedMeasurement.Run([subject], Small.Protocol, ComputeDevice.Meta);

        Assert.Equal(Small.Protocol.Batches.Count * Small.Protocol.Runs, HostRead.Count - before);
    }

    private static MeasurementPlan Small { get; } = MeasurementPlan.For(ComputeDevice.Cpu()) with
    {
        Models = [.. new[] { "pgm-smoke", "maskgit-smoke" }.Select(preset => SpecificationJson.Parse(new SpecificationResolver().Resolve(
            preset, new Dictionary<string, string>(), 0, new DataFacts { Classes = 10, Codebook = 64, Height = 7, Width = 7 }).Json))],
        ProductSide = 64,
        CopyBytes = 1 << 16,
        TimeEach = TimeSpan.Zero,
        Sampler = new SamplerSettings { Steps = 4, Guidance = 0 },
    };
}
