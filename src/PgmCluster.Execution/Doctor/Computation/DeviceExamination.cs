using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// Whether a device computes rightly: what it makes of recorded inputs is compared with what the public code made of them.
/// </summary>
public sealed class DeviceExamination
{
    private readonly DeviceThread _thread;
    private readonly ComputeDevice _device;
    private readonly Action<Finding> _report;
    private readonly CancellationToken _cancellation;

    private DeviceExamination(DeviceThread thread, Action<Finding> report, CancellationToken cancellation) =>
        (_thread, _device, _report, _cancellation) = (thread, thread.Device, report, cancellation);

    internal RecordedFiles Files { get; private init; } = RecordedFiles.BesideProgram;

    internal Func<TrainingTask, TrainingTask> Decorate { get; private init; } = task => task;

    internal Func<string, bool> IsWanted { get; private init; } = _ => true;

    /// <summary>
    /// Looks at everything, whatever is found on the way: logits, gradients, training steps and samplers of PGM and MaskGIT, tokenizer and
    /// Inception, in every type that the device computes in. All tensors live on the device's thread. A device that cannot be opened is one
    /// failed line.
    /// </summary>
    /// <param name="thread">The device's.</param>
    /// <param name="report">Told of each line as soon as it is known, on the device's thread.</param>
    /// <param name="cancellation">Looked at between lines.</param>
    /// <exception cref="OperationCanceledException">It was asked to end.</exception>
    public static Task Run(DeviceThread thread, Action<Finding> report, CancellationToken cancellation = default) =>
        new DeviceExamination(thread, report, cancellation).Run();

    /// <param name="thread">The device's.</param>
    /// <param name="report">Told of each line.</param>
    /// <param name="files">Recorded numbers other than those beside the program; null for those.</param>
    /// <param name="decorate">Wraps what computes the losses of training steps; null for nothing.</param>
    /// <param name="isWanted">Which subjects are looked at; null for all.</param>
    internal static Task Run(
        DeviceThread thread, Action<Finding> report, RecordedFiles? files, Func<TrainingTask, TrainingTask>? decorate = null,
        Func<string, bool>? isWanted = null) =>
        new DeviceExamination(thread, report, default)
        {
            Files = files ?? RecordedFiles.BesideProgram,
            Decorate = decorate ?? (task => task),
            IsWanted = isWanted ?? (_ => true),
        }.Run();

    private async Task Run()
    {
        try
        {
            await _thread.Open().ConfigureAwait(false);
        }
        catch (BadInputException e)
        {
            _report(Finding.Failed(_device.Name, e.Message, $"Leave {_device.Name} out of PGM_DEVICES until this line is ok."));
            return;
        }
        await _thread.Run(Examine).ConfigureAwait(false);
    }

    private void Examine()
    {
        _report(Finding.Ok($"{_device.Name} product", $"[64,64] x [64,64] of small integers is exact on {Described(_device)}"));
        var files = Files.Check();
        _report(files);
        if (files.State == FindingState.Failed) return;
        if (_device.BFloat16 == "none" && _device.Gpu is { } gpu)
        {
            _report(Finding.Warning(
                $"{_device.Name} bfloat16", $"{gpu.Name} has compute capability {gpu.ComputeCapability}, and 8.0 is needed",
                "Set numerics.precision=float32 for runs on it."));
        }
        var modes = ComputeMode.Of(_device);
        try
        {
            foreach (var mode in modes)
            {
                mode.Choose(_device);
                foreach (var name in new[] { RecordedFiles.Partition, RecordedFiles.MaskGit }) ExamineModel(name, mode);
                Add($"{_device.Name} tokenizer, {mode.Name}", subject =>
                {
                    using var file = Files.Open(RecordedFiles.Tokenizer);
                    return ImageChecks.Tokenizer(file, _device.Torch, mode).ToFinding(subject, _device.IsCpu);
                });
                // Evaluations compute its features in float32, whatever the model's type.
                if (mode.Type != TorchSharp.torch.ScalarType.Float32) continue;
                Add($"{_device.Name} Inception, {mode.Name}", subject =>
                {
                    using var file = Files.Open(RecordedFiles.Inception);
                    return ImageChecks.Inception(file, _device.Torch, mode).ToFinding(subject, _device.IsCpu);
                });
            }
        }
        finally
        {
            ComputeMode.Float32.Choose(_device);
        }
    }

    private void ExamineModel(string name, ComputeMode mode)
    {
        var subject = $"{_device.Name} {Path.GetFileNameWithoutExtension(name)}";
        Finding With(Func<RecordedModel, Finding> check)
        {
            using var file = Files.Open(name);
            using var model = Open(file);
            return check(model);
        }
        RecordedModel Open(Data.Safetensors.SafetensorsFile file)
        {
            var model = RecordedModel.Open(name, file, _device.Torch);
            model.Module.ComputeType = mode.Type;
            return model;
        }
        Add($"{subject} logits, {mode.Name}", s => With(model => ModelChecks.Logits(model, mode).ToFinding(s, _device.IsCpu)));
        Add($"{subject} gradients, {mode.Name}", s => With(model => ModelChecks.Gradients(model, mode).ToFinding(s, _device.IsCpu)));
        Add($"{subject} training steps, {mode.Name}", _ =>
        {
            using var file = Files.Open(name);
            return new TrainingChecks(_device, Decorate).Run(() => Open(file), mode, subject);
        });
        foreach (var sampler in SamplerChecks.Names)
            Add($"{subject} {sampler} sampler, {mode.Name}", s => With(model => SamplerChecks.Run(model, mode, sampler, s, _device.IsCpu)));
    }

    private void Add(string subject, Func<string, Finding> check) => Add(subject, s => (IReadOnlyList<Finding>)[check(s)]);

    /// <summary>What a check throws is a failed line too: the others are looked at all the same.</summary>
    private void Add(string subject, Func<string, IReadOnlyList<Finding>> check)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (!IsWanted(subject)) return;
        IReadOnlyList<Finding> findings;
        try
        {
            findings = check(subject);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            findings = [Comparison.Failed(subject, e.Message.Split('\n')[0].Trim().TrimEnd('.'), _device.IsCpu)];
        }
        foreach (var finding in findings) _report(finding);
    }

    private static string Described(ComputeDevice device) => device.Gpu is { } gpu
        ? $"{gpu.Name}, compute capability {gpu.ComputeCapability}, {gpu.MemoryBytes / 1e9:0.0} GB, {gpu.Uuid}, driver {gpu.Driver}"
        : $"{device.Model}, {device.Threads} cores";
}
