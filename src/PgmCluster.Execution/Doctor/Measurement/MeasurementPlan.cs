using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>What is measured on a device: sizes follow what it is and has.</summary>
internal sealed record MeasurementPlan
{
    private const int MostMicroBatches = 256;

    /// <summary>
    /// Share of a GPU's memory that an estimate may take: it counts neither the workspaces of kernels nor what lies between blocks.
    /// </summary>
    private const double UsableMemory = 0.8;

    private static readonly DataFacts ImageNet = new() { Classes = 1000, Codebook = 16384, Height = 32, Width = 32 };

    private static readonly DataFacts Fashion = new() { Classes = 10, Codebook = 256, Height = 7, Width = 7 };

    /// <summary>Resolved, PGM first.</summary>
    public required IReadOnlyList<TrainingSpecification> Models { get; init; }

    /// <summary>Of a product's matrices.</summary>
    public required int ProductSide { get; init; }

    /// <summary>Of a copy.</summary>
    public required long CopyBytes { get; init; }

    /// <summary>For which products, copies and steps of one kind are repeated, three times at least.</summary>
    public required TimeSpan TimeEach { get; init; }

    public required SpeedProtocol Protocol { get; init; }

    public required SamplerSettings Sampler { get; init; }

    /// <summary>
    /// On a GPU with memory enough the published models (PGM 12-12 and MaskGIT large, ImageNet's grid of 32 x 32 codes), else the
    /// quickstart's, which end in minutes on a CPU.
    /// </summary>
    public static MeasurementPlan For(ComputeDevice device)
    {
        var precision = device.Gpu is not null && device.BFloat16 != "none" ? Precisions.BFloat16 : Precisions.Float32;
        var published = device.Gpu is { } gpu ? Fitting(["pgm-12-12", "maskgit"], precision, (long)(UsableMemory * gpu.MemoryBytes)) : null;
        return new MeasurementPlan
        {
            Models = published ?? [.. new[] { "pgm-fashion", "maskgit-fashion" }.Select(p => Resolve(p, Fashion, precision, 2, false))],
            ProductSide = device.IsCpu ? 1024 : 8192,
            CopyBytes = 1L << 28,
            TimeEach = TimeSpan.FromSeconds(device.IsCpu ? 3 : 10),
            Protocol = (device.IsCpu ? SpeedProtocol.Cpu : SpeedProtocol.Gpu) with { Cores = device.Threads },
            Sampler = new SamplerSettings { Steps = 32, Guidance = 0, Precision = precision },
        };
    }

    /// <summary>The published models with as few micro-batches as memory allows; null where there is not enough of it.</summary>
    private static List<TrainingSpecification>? Fitting(string[] presets, string precision, long bytes)
    {
        var fitting = new List<TrainingSpecification>();
        foreach (var preset in presets)
        {
            if (Candidates(preset, precision).FirstOrDefault(s => MemoryEstimate.Of(s)!.Total <= bytes) is not { } fits) return null;
            fitting.Add(fits);
        }
        return fitting;
    }

    private static IEnumerable<TrainingSpecification> Candidates(string preset, string precision)
    {
        foreach (var recompute in new[] { false, true })
        {
            for (var microBatches = 16; microBatches <= MostMicroBatches; microBatches *= 2)
                yield return Resolve(preset, ImageNet, precision, microBatches, recompute);
        }
    }

    private static TrainingSpecification Resolve(string preset, DataFacts facts, string precision, int microBatches, bool recompute)
    {
        var set = new Dictionary<string, string>
        {
            ["numerics.precision"] = precision,
            ["training.microBatches"] = $"{microBatches}",
            ["training.recompute"] = recompute ? "true" : "false",
        };
        return SpecificationJson.Parse(new SpecificationResolver().Resolve(preset, set, 0, facts).Json);
    }
}
