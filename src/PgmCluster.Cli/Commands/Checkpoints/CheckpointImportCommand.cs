using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PgmCluster.Cli.Commands.Training;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Data;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Checkpoints;

/// <summary><c>pgm checkpoint import</c>: weights of this program out of a checkpoint of the public code.</summary>
internal static class CheckpointImportCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var file = new Argument<string>("FILE") { Description = "A .pth, .pt, .ckpt or .safetensors file under the public code's names" };
        var preset = new Option<string>("--preset")
        {
            Description = "Preset of the model that the weights are for; 'pgm presets' lists them",
            HelpName = "NAME",
            Required = true,
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Override one value of the preset, such as model.hidden=768; may be repeated",
            HelpName = "KEY=VALUE",
        };
        var output = new Option<string>("--out") { Description = "Weights file to write", HelpName = "FILE.safetensors", Required = true };
        var weights = WeightsOption.Create();
        return new Command("import", "Check a checkpoint against a preset's model and write it as weights of this program")
        {
            file, preset, set, output, weights,
        }.Does(environment, invocation =>
        {
            var target = Path.GetFullPath(invocation.Get(output)!);
            if (Path.GetExtension(target) != ".safetensors")
                throw new BadInputException($"Writing {target}: weights files are safetensors files. End the name with .safetensors.");
            OutputFile.Check(target);
            using var checkpoint = CheckpointPlaces.Open(invocation.Home, invocation.Get(file), invocation.Get(weights));
            var specification = CheckpointImport.Resolve(
                checkpoint, new SpecificationResolver(), invocation.Get(preset)!, TrainCommand.Overrides(invocation.Get(set) ?? []));
            var imported = CheckpointImport.ToWeightsFile(checkpoint, specification, target, invocation.Cancellation);
            var json = new
            {
                file = target,
                source = checkpoint.Path,
                kind = specification.Kind,
                parameters = imported.Parameters,
                imported.Tensors,
                imported.Converted,
                imported.Iter,
                averaged = imported.HasAverage,
                notes = imported.Notes,
                specification = JsonSerializer.Deserialize<JsonElement>(specification.Json),
                specificationSha256 = specification.Sha256,
            };
            return Task.FromResult(invocation.Finish(json, console =>
            {
                console.WriteFacts(
                    ("written", target),
                    ("from", checkpoint.Path),
                    ("model", Model(specification)),
                    ("parameters", imported.Parameters.ToString("N0", CultureInfo.InvariantCulture)),
                    ("tensors",
                        imported.Converted > 0 ? $"{imported.Tensors}, {imported.Converted} of them converted to float32" : $"{imported.Tensors}"),
                    ("averaged weights", imported.HasAverage ? "yes" : "no"),
                    ("iter", imported.Iter?.ToString(CultureInfo.InvariantCulture) ?? "unknown"));
                foreach (var note in imported.Notes) console.WriteLine($"Note: {note}");
            }));
        });
    }

    /// <summary>The grid is named because no shape proves it.</summary>
    private static string Model(ResolvedSpecification specification)
    {
        var resolved = SpecificationJson.Parse(specification.Json);
        var grid = specification.NeedsTokens
            ? $", {resolved.Data.Height} x {resolved.Data.Width} codes (--set data.height, data.width)"
            : "";
        return $"{specification.Kind}, preset {resolved.Preset}{grid}";
    }
}
