using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Suggestions;
using PgmCluster.Modeling.Runtime;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Presets;

/// <summary><c>pgm presets suggest</c>: picture size, codes, width and steps for a dataset, and what they take.</summary>
internal static class PresetSuggestCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var dataset = new Option<string>("--dataset") { Description = "Registered dataset", HelpName = "NAME", Required = true };
        var minutes = new Option<double>("--minutes")
        {
            Description = "What is proposed should take no longer",
            HelpName = "N",
            DefaultValueFactory = _ => 60,
        };
        var rate = new Option<double?>("--gigaflops")
        {
            Description = "Rate of large matrix products, in 10^9 operations a second; this machine's is measured without it",
            HelpName = "N",
        };
        return new Command("suggest", "Propose picture size, codes, width and steps for a dataset, with time and memory")
        {
            dataset, minutes, rate,
        }.Does(environment, invocation =>
        {
            if (invocation.Get(minutes) <= 0 || invocation.Get(rate) <= 0)
                throw new UsageException("--minutes and --gigaflops are numbers above 0. Leave them out, or give such.");
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                await CatalogNames.RequireAsync(session, CatalogKinds.Datasets, invocation.Get(dataset)!);
                var info = await session.Get<IDatasetGrain>(invocation.Get(dataset)!).Get();
                var limits = MachineLimits.Current;
                var subject = new SuggestionSubject(
                    info.Name, info.Splits[0].Count, info.ClassNames.Count, info.ShorterSides,
                    invocation.Get(rate) ?? MachineRate.Measure(limits.Cores), Math.Max(1, limits.Cores / NativeRuntime.DefaultThreads),
                    limits.MemoryBytes, invocation.Get(minutes));
                var sizes = SizeSuggestions.For(subject);
                return invocation.Finish(
                    new { dataset = info.Name, images = subject.Images, subject.Gigaflops, sizes },
                    console => Write(console, subject, sizes));
            });
        });
    }

    private static void Write(IAnsiConsole console, SuggestionSubject subject, IReadOnlyList<SizeSuggestion> sizes)
    {
        console.WriteTable(
            ["", "pixels", "images as large", "tokenizer", "codes", "model", "width", "steps", "time", "memory"],
            sizes.Select(s => new[]
            {
                s.IsProposed ? ">" : "",
                Number(s.Size),
                s.LargeEnough is { } share ? share.ToString("0%", CultureInfo.InvariantCulture) : "not recorded",
                s.Tokenizer,
                $"{s.Grid}x{s.Grid} of {Number(s.Codebook)}",
                s.Model,
                Number(s.Hidden),
                $"{Number(s.TokenizerSteps)} + {Number(s.ModelSteps)}",
                Texts.Duration(s.Seconds),
                (s.MemoryBytes / 1e9).ToString("0.0 GB", CultureInfo.InvariantCulture),
            }));
        console.Write(new Text(string.Create(CultureInfo.InvariantCulture,
            $"Estimated for {subject.Images} images at {subject.Gigaflops:0} GFLOP/s, roughly; memory is that of tensors.\n")));
        var proposed = sizes.Single(s => s.IsProposed);
        console.Write(new Text($"Proposed: {proposed.Size} pixels.\n"));
        foreach (var command in proposed.Commands) console.Write(new Text($"  {command}\n"));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
