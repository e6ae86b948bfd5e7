using System.Diagnostics;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Footprints;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Speed;

/// <summary>Measures samplers in turns within one process, so that what disturbs the machine disturbs all of them.</summary>
public static class SpeedMeasurement
{
    /// <summary>Floating-point operations of a step from which its operators are spread over threads.</summary>
    private const double LeastForThreads = 1e8;

    /// <param name="subjects">Measured one after the other in each round.</param>
    /// <param name="protocol">Batches and rounds.</param>
    /// <param name="device">Where the subjects are.</param>
    /// <param name="progress">Told of every run: subject, batch, run from 0, seconds.</param>
    /// <param name="cancellation">Looked at between runs.</param>
    public static IReadOnlyList<SpeedResult> Run(
        IReadOnlyList<SpeedSubject> subjects, SpeedProtocol protocol, ComputeDevice device,
        Action<string, int, int, double>? progress = null, CancellationToken cancellation = default)
    {
        using var kernels = KernelUse.Take(device, KernelSettings.Default);
        var results = new List<SpeedResult>();
        var samplers = subjects.Select(s => new TokenSampler(s.Model, s.Settings, s.Height, s.Width)).ToArray();
        foreach (var batch in protocol.Batches)
        {
            var seconds = subjects.Select(_ => new List<double>()).ToArray();
            var peaks = new double[subjects.Count];
            // A single image is spread over the cores inside each operator; several images are spread whole, which needs no waiting for
            // each other.
            var lanes = device.IsCpu ? Math.Min(batch, protocol.Cores) : 1;
            using var spread = new ComputeLanes(lanes, protocol.Cores / lanes, device.Name);
            using var alone = new ComputeLanes(lanes, 1, device.Name);
            for (var run = 0; run < protocol.Runs; run++)
            {
                for (var i = 0; i < subjects.Count; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    DeviceMemory.ResetPeak();
                    var isAlone = Threads(samplers[i], subjects[i].Settings, batch / lanes, protocol.Cores / lanes) == 1;
                    var taken = Time(samplers[i], subjects[i], batch, lanes, isAlone ? alone : spread, run, device);
                    progress?.Invoke(subjects[i].Name, batch, run, taken);
                    if (run < protocol.Dropped) continue;
                    seconds[i].Add(taken);
                    peaks[i] = Math.Max(peaks[i], DeviceMemory.PeakMegabytes(device));
                }
            }
            for (var i = 0; i < subjects.Count; i++)
            {
                var (subject, sorted) = (subjects[i], seconds[i].Order().ToArray());
                results.Add(new SpeedResult
                {
                    Subject = subject.Name,
                    Batch = batch,
                    Seconds = seconds[i],
                    MedianSeconds = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2,
                    GigaOperationsPerImage = samplers[i].Operations() / 1e9,
                    PeakMegabytes = peaks[i],
                });
            }
        }
        return results;
    }

    /// <summary>
    /// Threads inside an operator: one where the operators of a step are so small that threads would wait for each other longer than they
    /// compute.
    /// </summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="images">Images at a time.</param>
    /// <param name="cores">Threads at most.</param>
    public static int Threads(TokenSampler sampler, TokenSamplerSettings settings, int images, int cores) =>
        sampler.Operations() * images / settings.Steps < LeastForThreads ? 1 : cores;

    private static double Time(
        TokenSampler sampler, SpeedSubject subject, int batch, int lanes, ComputeLanes compute, int run, ComputeDevice device)
    {
        // As a job draws: a batch whose keys and values would be too much at once is drawn in parts.
        var footprint = SamplingFootprint.Of(subject.Model, subject.Settings, (batch + lanes - 1) / lanes, device, lanes);
        var begun = Stopwatch.GetTimestamp();
        compute.Run(lanes, (part, _) =>
        {
            using var scope = NewDisposeScope();
            var (first, end) = (part * batch / lanes, (part + 1) * batch / lanes);
            var draws = RandomStream.Of(run, RandomPurpose.Sampling, part);
            var labels = Enumerable.Range(first, end - first).Select(i => (long)(i % subject.Classes)).ToArray();
            // A GPU is handed its work and left alone: only the codes on the host say that it is done.
            HostRead.Copy(footprint.Draw(sampler, tensor(labels, device: device.Torch), new SamplerDraws(draws, device.Torch)));
        });
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }
}
