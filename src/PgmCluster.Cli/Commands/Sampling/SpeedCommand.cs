using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Commands.Training;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Speed;
using PgmCluster.Grains.Sampling;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Cli.Commands.Sampling;

/// <summary><c>pgm speed</c>: how fast models draw images, one beside the other.</summary>
internal static class SpeedCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var models = new Option<string>("--models")
        {
            Description = "Training presets to compare, separated by commas; ratios are to the last",
            HelpName = "LIST",
            DefaultValueFactory = _ => "pgm-12-12,maskgit",
        };
        var batches = new Option<string?>("--batches")
        {
            Description = "Batch sizes, separated by commas. Default: 1,2 on a CPU",
            HelpName = "LIST",
        };
        var runs = new Option<int?>("--runs") { Description = "Alternating runs of each model. Default: 3 on a CPU", HelpName = "N" };
        var dropped = new Option<int?>("--drop") { Description = "So many first runs do not count. Default: 1 on a CPU", HelpName = "N" };
        var set = new Option<string[]>("--set")
        {
            Description = "Override one value of every preset; may be repeated",
            HelpName = "KEY=VALUE",
        };
        var sampler = new SamplerOptions();
        var facts = new DataFactOptions();
        var command = new Command("speed", "Measure how fast models draw images: latency (batch 1) and throughput")
        {
            models, batches, runs, dropped, set,
        };
        facts.AddTo(command);
        sampler.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var device = ComputeDevices.Find(environment.Variable("PGM_DEVICES") ?? "auto") is [var first, ..]
                ? first
                : ComputeDevice.Cpu();
            var protocol = Protocol(device, invocation.Get(batches), invocation.Get(runs), invocation.Get(dropped));
            var resolver = new SpecificationResolver();
            var overrides = TrainCommand.Overrides(invocation.Get(set) ?? []);
            NativeRuntime.PrepareProcess();
            NativeRuntime.Load();
            var subjects = invocation.Get(models)!.Split(
                ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name =>
            {
                var resolved = resolver.Resolve(name, overrides, 0, facts.Facts(invocation));
                return SpeedSubjects.Of(
                    SpecificationJson.Parse(resolved.Json), sampler.Settings(invocation).Complete(resolved.Kind).ToSampler(), device);
            }).ToArray();
            var results = SpeedMeasurement
                .Run(subjects, protocol, device, (name, batch, run, seconds) => invocation.ProgressWriter.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} batch {batch} run {run + 1}: {seconds:0.###} s{(run < protocol.Dropped ? " (dropped)" : "")}")),
                        invocation.Cancellation);
            return Task.FromResult(invocation.Finish(
                new { protocol, subjects = subjects.Select(s => new { s.Name, s.Parameters, s.Settings }), results },
                console => console.WriteTable(
                    ["model", "batch", "seconds", "images/s", "GFLOP/image", "GFLOP/s", "MB", "faster than last", "counted"],
                    results.Select(r => Row(r, results.Last(l => l.Batch == r.Batch))))));
        });
    }

    private static SpeedProtocol Protocol(ComputeDevice device, string? batches, int? runs, int? dropped)
    {
        var standard = device.IsCpu ? SpeedProtocol.Cpu : SpeedProtocol.Gpu;
        var protocol = standard with
        {
            Batches = batches?.Split(',').Select(b => int.TryParse(b, out var batch) ? batch : 0).ToArray() ?? standard.Batches,
            Runs = runs ?? standard.Runs,
            Dropped = dropped ?? Math.Min(standard.Dropped, Math.Max(0, (runs ?? standard.Runs) - 1)),
        };
        return protocol.Problems() is [] ? protocol : throw new UsageException($"Measuring speed: {string.Join(" ", protocol.Problems())}");
    }

    private static string[] Row(SpeedResult r, SpeedResult last)
    {
        string Number(double x, string format) => x.ToString(format, CultureInfo.InvariantCulture);
        return
        [
            r.Subject, Number(r.Batch, "0"), Number(r.MedianSeconds, "0.###"), Number(r.ImagesPerSecond, "0.####"),
            Number(r.GigaOperationsPerImage, "0.##"),
            Number(r.GigaOperationsPerSecond, "0.#"), Number(r.PeakMegabytes, "0"), Number(last.MedianSeconds / r.MedianSeconds, "0.00"),
            Number(last.GigaOperationsPerImage / r.GigaOperationsPerImage, "0.00"),
        ];
    }
}
