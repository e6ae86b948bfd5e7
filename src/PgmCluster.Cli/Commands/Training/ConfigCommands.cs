using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Grains.Evaluation;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Training;

/// <summary>
/// <c>pgm config show</c>: a preset with its overrides and every default, as a run would store it. Needs a silo only to ask for named data.
/// </summary>
internal static class ConfigCommands
{
    public static Command Create(CliEnvironment environment) => new("config", "Show what presets resolve to") { Show(environment) };

    private static Command Show(CliEnvironment environment)
    {
        var preset = new Argument<string>("PRESET") { Description = "Preset of training or evaluation; 'pgm presets' lists them" };
        var set = new Option<string[]>("--set")
        {
            Description = "Override one value of the preset, such as training.steps=500; may be repeated",
            HelpName = "KEY=VALUE",
        };
        var seed = new Option<long>("--seed") { Description = "Seed of the run", HelpName = "N", DefaultValueFactory = _ => 0 };
        var dataset = new Option<string?>("--dataset")
        {
            Description = "Take the facts of this dataset, as a run on it would",
            HelpName = "NAME",
        };
        var tokens = new Option<string?>("--tokens")
        {
            Description = "Take the facts of this completed tokenization, as a run on it would",
            HelpName = "ID",
        };
        var facts = new DataFactOptions();
        var command = new Command("show", "Show a preset with overrides and defaults, and the hash that a run would store")
        {
            preset, set, seed, dataset, tokens,
        };
        facts.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            var overrides = TrainCommand.Overrides(invocation.Get(set) ?? []);
            var request = new TrainingRequest
            {
                Preset = invocation.Get(preset),
                Set = overrides,
                Seed = invocation.Get(seed),
                Dataset = invocation.Get(dataset),
                Tokens = invocation.Get(tokens),
            };
            if (request.Dataset is not null && request.Tokens is not null)
                throw new UsageException("--dataset and --tokens exclude each other. Give the one that the preset trains on.");
            var named = request.Dataset ?? request.Tokens;
            if (named is not null && facts.AreGiven(invocation))
                throw new UsageException($"--classes, --codebook and --grid stand for data, and '{named}' has its own. Leave them out.");
            var (kind, specification, sha256, reproducible) = named is null
                ? Resolve(request.Preset, overrides, request.Seed, facts.Facts(invocation))
                : await ResolveForAsync(invocation, request);
            var training = kind == "evaluation" ? null : SpecificationJson.Parse(specification.ToJsonString());
            var memory = training is null ? null : MemoryEstimate.Of(training);
            return invocation.Finish(new { preset = invocation.Get(preset), kind, specification, sha256, reproducible, memory }, console =>
            {
                console.Write(new Text(Json.Text(specification) + "\n"));
                console.Write(new Text($"SHA-256 {sha256}\n"));
                if (memory is not null) console.Write(new Text($"Memory of a device, estimated: {memory}{Beside(memory, training!)}\n"));
                if (!reproducible)
                    console.Write(
                        new Text("Bits are not reproducible: with training.exchange=nccl gradients are summed in NCCL's order\n"));
            });
        });
    }

    /// <summary>What this machine has, where that is less: a GPU is not looked for, it may be on another machine.</summary>
    private static string Beside(MemoryEstimate memory, TrainingSpecification training)
    {
        var available = MachineLimits.Current.MemoryBytes;
        if (memory.Total <= available) return "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $". This machine has {available / 1e9:0.0} GB. {MemoryEstimate.Remedy(training)}, or train on another device");
    }

    /// <summary>Asks the cluster, whose facts of data and devices a run would be specified with.</summary>
    private static async Task<(string Kind, JsonNode Specification, string Sha256, bool Reproducible)> ResolveForAsync(
        Invocation invocation, TrainingRequest request)
    {
        if (EvaluationPresets.Names.Contains(request.Preset))
            throw new UsageException(
                $"'{request.Preset}' is a preset of evaluations, which take nothing over from data. Leave out --dataset and --tokens.");
        var resolved = await invocation.WithSessionAsync(
            SiloNeed.Any, session => session.Get<ITrainingRunGrain>("config-show").Resolve(request));
        return (resolved.Kind, JsonNode.Parse(resolved.Specification)!, resolved.Sha256, resolved.Reproducible);
    }

    private static (string Kind, JsonNode Specification, string Sha256, bool Reproducible) Resolve(
        string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts)
    {
        var resolver = new SpecificationResolver();
        string[] known = [.. resolver.Presets, .. EvaluationPresets.Names];
        if (!known.Contains(preset))
            throw new BadInputException(
                $"Choosing a preset: there is no '{preset}'. The nearest is '{Nearest.Of(preset, known)}'; "
                + $"there are {string.Join(", ", known)}.");
        if (EvaluationPresets.Names.Contains(preset))
        {
            var evaluation = EvaluationPresets.Resolve(preset, overrides);
            return ("evaluation", evaluation, Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(evaluation.ToJsonString()))), true);
        }
        var resolved = resolver.Resolve(preset, overrides, seed, facts);
        return (resolved.Kind, JsonNode.Parse(resolved.Json)!, resolved.Sha256, resolved.IsReproducible);
    }
}
