using System.Text.Json;
using PgmCluster.Cli.Commands;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Cli.Tests.Fakes;

/// <summary>One command line run in this process against a fake cluster.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Out);

    public static Task<CliRun> Of(FakeCluster cluster, params string[] args) => Of(cluster, CancellationToken.None, args);

    public static async Task<CliRun> Of(FakeCluster cluster, CancellationToken cancellation, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CliEnvironment
        {
            Out = output,
            Error = error,
            Sessions = cluster,
            Variable = cluster.Variables.GetValueOrDefault,
            // Nobody listens there: no test fetches the published file.
            InceptionWeights = cluster.Inception ?? InceptionWeightsFile.Published with { Address = new Uri("http://127.0.0.1:1/weights.pth") },
            FirstPause = TimeSpan.FromMilliseconds(1),
        };
        var code = await CommandLineApp.RunAsync(args, environment, cancellation);
        return new(code, output.ToString(), error.ToString());
    }
}
