using System.CommandLine;
using PgmCluster.Cli.Output;

namespace PgmCluster.Cli.Commands;

/// <summary><c>pgm presets</c>: what can be trained.</summary>
internal static class PresetsCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("presets", "List the training presets").Does(environment, invocation =>
        {
            var presets = environment.Sessions.Presets;
            return Task.FromResult(invocation.Finish(
                new { presets = presets.Select(p => new { p.Name, p.Kind }) },
                console => console.WriteTable(["preset", "trains"], presets.Select(p => new[] { p.Name, p.Kind }))));
        });
}
