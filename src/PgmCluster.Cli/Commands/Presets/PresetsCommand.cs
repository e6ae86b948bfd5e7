using System.CommandLine;
using PgmCluster.Cli.Output;

namespace PgmCluster.Cli.Commands.Presets;

/// <summary><c>pgm presets</c>: what can be trained, and how published models are evaluated.</summary>
internal static class PresetsCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("presets", "List the presets of training and evaluation")
        {
            PresetKeysCommand.Create(environment), PresetSuggestCommand.Create(environment),
        }.Does(environment, invocation =>
        {
            var presets = environment.Sessions.Presets;
            return Task.FromResult(invocation.Finish(
                new { presets = presets.Select(p => new { p.Name, p.Kind }) },
                console => console.WriteTable(["preset", "kind"], presets.Select(p => new[] { p.Name, p.Kind }))));
        });
}
