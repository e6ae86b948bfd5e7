using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Cli.Commands.Checkpoints;

/// <summary><c>pgm checkpoint export</c>: a run or a file in the format of PyTorch or safetensors, under the public code's names.</summary>
internal static class CheckpointExportCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var source = new Argument<string>("SOURCE") { Description = "A run, the folder of a checkpoint, or a checkpoint file" };
        var output = new Option<string>("--out")
        {
            Description = "File to write: .pth, .pt or .ckpt for PyTorch, or .safetensors",
            HelpName = "FILE",
            Required = true,
        };
        var average = new Option<bool>("--ema") { Description = "The averaged weights instead of the last ones" };
        var optimizer = new Option<bool>("--optimizer") { Description = "The optimizer's state as well, to go on training from" };
        var weights = WeightsOption.Create();
        return new Command("export", "Write a run's weights, or any readable checkpoint, for PyTorch and other programs")
        {
            source, output, average, optimizer, weights,
        }.Does(environment, invocation =>
        {
            var target = Path.GetFullPath(invocation.Get(output)!);
            CheckpointExport.CheckExtension(target);
            OutputFile.Check(target);
            using var checkpoint = CheckpointPlaces.Open(
                invocation.Home, invocation.Get(source), invocation.Get(weights), invocation.Get(optimizer));
            var content = CheckpointExport.Write(
                checkpoint, target, invocation.Get(average), invocation.Get(optimizer), invocation.Cancellation);
            var json = new
            {
                file = target,
                source = checkpoint.Path,
                content.Iter,
                content.GlobalEpoch,
                tensors = content.Model.Count,
                averaged = invocation.Get(average),
                optimizerParameters = content.Optimizer?.State.Count,
                bytes = new FileInfo(target).Length,
            };
            return Task.FromResult(invocation.Finish(json, console => console.WriteFacts(
                ("written", target),
                ("from", checkpoint.Path),
                ("iter", json.Iter.ToString(CultureInfo.InvariantCulture)),
                ("tensors", $"{json.tensors}{(json.averaged ? ", averaged" : "")}"),
                ("optimizer", json.optimizerParameters is { } parameters ? $"{parameters} parameters" : "none"),
                ("bytes", json.bytes.ToString("N0", CultureInfo.InvariantCulture)))));
        });
    }
}
