using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Output;
using PgmCluster.Data;
using PgmCluster.Execution.Estimates;
using PgmCluster.Execution.Models;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Sampling;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Training;

/// <summary><c>pgm estimate</c>: what a whole pipeline takes, command by command, before any of it is begun.</summary>
internal static class EstimateCommand
{
    private const string Known = "imagenet-256-vq8";

    public static Command Create(CliEnvironment environment)
    {
        var set = new Argument<string>("SET") { Description = $"What is to be done: {Known}" };
        var preset = new Option<string>("--preset")
        {
            Description = "The model",
            HelpName = "NAME",
            DefaultValueFactory = _ => "pgm-12-12",
        };
        var steps = new Option<long>("--steps")
        {
            Description = "Steps that it is trained",
            HelpName = "N",
            DefaultValueFactory = _ => 500_400,
        };
        var devices = new Option<string>("--devices")
        {
            Description = "Numbers of GPUs, a column each",
            HelpName = "LIST",
            DefaultValueFactory = _ => "1,8,64",
        };
        var rate = new Option<string[]>("--rate")
        {
            Description = "A rate that you know better, a second and GPU, such as tokenize=400; repeatable",
            HelpName = "NAME=NUMBER",
        };
        return new Command("estimate", "Show times and sizes of a whole pipeline, from rates, as a table in Markdown")
        {
            set, preset, steps, devices, rate,
        }.Does(environment, invocation =>
        {
            if (invocation.Get(set) != Known)
                throw new BadInputException($"Estimating '{invocation.Get(set)}': there is no such set. There is {Known}.");
            var counts = Counts(invocation.Get(devices)!);
            var rates = new EstimateRates([.. (invocation.Get(rate) ?? []).Select(Pair)]);
            var name = invocation.Get(preset)!;
            var sampler = EvaluationPresets.Request(EvaluationPresets.Resolve($"{name}-halton", new Dictionary<string, string>())).Settings
                .Complete(new SpecificationResolver().KindOf(name));
            var estimate = new ImageNetEstimate(name, invocation.Get(steps), rates, sampler.ToSampler(), counts.Max());
            var json = new
            {
                preset = name,
                estimate.Steps,
                estimate.Parameters,
                devices = counts,
                stages = estimate.Stages.Select(s => new { s.Command, s.Bytes, seconds = counts.Select(s.Seconds), s.IsMeasured }),
                rates = rates.All,
            };
            return Task.FromResult(invocation.Finish(json, console =>
            {
                foreach (var line in Lines(name, estimate, rates, counts)) console.WriteLine(line);
            }));
        });
    }

    private static IEnumerable<string> Lines(string preset, ImageNetEstimate estimate, EstimateRates rates, IReadOnlyList<int> counts)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"ImageNet-1k at 256 pixels in VQ-8 codes, {ImageNetEstimate.TrainingImages:N0} images to train on: {preset} "
            + $"({estimate.Parameters / 1e6:0} M parameters), {estimate.Steps:N0} steps of {estimate.BatchSize}.");
        yield return "";
        yield return $"| command | on disk | {string.Join(" | ", counts.Select(c => c == 1 ? "1 GPU" : $"{c} GPUs"))} |";
        yield return $"|---|---:|{string.Concat(counts.Select(_ => "---:|"))}";
        foreach (var stage in estimate.Stages)
        {
            var times = counts.Select(c => stage.Parts.Count == 0 ? "-" : Span(stage.Seconds(c)) + (stage.IsMeasured ? "" : " *"));
            yield return $"| `{stage.Command}` | {Texts.Bytes(stage.Bytes)} | {string.Join(" | ", times)} |";
        }
        var all = counts.Select(c => Span(estimate.Stages.Sum(s => s.Seconds(c))) + (estimate.Stages.All(s => s.IsMeasured) ? "" : " *"));
        yield return $"| all | {Texts.Bytes(estimate.Stages.Sum(s => s.Bytes))} | {string.Join(" | ", all)} |";
        yield return "";
        yield return "| rate | a second and GPU | known from |";
        yield return "|---|---:|---|";
        foreach (var rate in rates.All)
            yield return string.Create(CultureInfo.InvariantCulture,
                $"| {rate.Name} | {rate.PerSecond:0.#} {rate.Unit}{(rate.IsMeasured ? "" : " *")} | {rate.Source} |");
        yield return "";
        yield return "\\* not measured by this program";
    }

    private static string Span(double seconds) => seconds switch
    {
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 100 * 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        < 100 * 3600 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.0} days"),
    };

    private static int[] Counts(string list)
    {
        var counts = list.Split(',').Select(
            part => int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0).ToArray();
        return counts.All(c => c is > 0 and <= 65_536)
            ? counts
            : throw new BadInputException($"Reading --devices {list}: it is no list of numbers above 0. Give it as 1,8,64.");
    }

    private static KeyValuePair<string, string> Pair(string text) => text.Split('=', 2) is [var name, var value]
        ? new(name, value)
        : throw new BadInputException($"Reading --rate {text}: it is no NAME=NUMBER. Give it as tokenize=400.");
}
