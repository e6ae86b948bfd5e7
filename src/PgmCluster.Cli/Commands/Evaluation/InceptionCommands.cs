using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Output;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Downloads;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Evaluation;

/// <summary><c>pgm inception pull</c>: the weights of the FID Inception network.</summary>
internal static class InceptionCommands
{
    private const string Stage = "inception";

    public static Command Create(CliEnvironment environment) =>
        new("inception", "Fetch Inception's weights, for FID; needs no silo") { Pull(environment) };

    private static Command Pull(CliEnvironment environment) =>
        new Command("pull", "Fetch the published weights into the home's cache; goes on where it was broken off")
            .Does(environment, async invocation =>
            {
                invocation.Home.Claim().Keep();
                var (json, text) = await FetchAsync(invocation);
                return invocation.Finish(json, text);
            });

    /// <summary>Fetches the weights under a progress bar.</summary>
    /// <returns>What is to be shown, as an object and as text.</returns>
    /// <exception cref="Data.BadInputException">The server refuses.</exception>
    /// <exception cref="DownloadException">The server cannot be reached or sends something else.</exception>
    public static async Task<(object Json, Action<IAnsiConsole> Text)> FetchAsync(Invocation invocation)
    {
        var published = invocation.Environment.InceptionWeights;
        using var http = DownloadHttp.Create(invocation.Environment.FirstPause, followsRedirects: true);
        await using var board = invocation.Board(Stage);
        var begun = invocation.Environment.Time.GetTimestamp();
        board.Begin(Stage);
        JobProgress Progress(long bytes) => new() { Unit = "byte", Done = bytes, Total = published.Length };
        var (path, moved) = await published.FetchAsync(
            invocation.Home.Cache, http,
            new Reported(bytes => board.Report(Stage, new JobEvent { Phase = JobPhase.Running, Progress = Progress(bytes) })),
            invocation.Environment.FirstPause, what =>
            {
                if (what is not null) board.Note(Stage, what);
            }, invocation.Cancellation);
        board.End(Stage, invocation.Environment.Time.GetElapsedTime(begun).TotalSeconds);
        return (
            new { file = path, bytes = published.Length, transferred = moved, sha256 = published.Sha256 },
            console => console.WriteFacts(
                ("weights", path), ("bytes", published.Length.ToString("N0", CultureInfo.InvariantCulture)),
                ("transferred", moved.ToString("N0", CultureInfo.InvariantCulture)), ("SHA-256", published.Sha256)));
    }

    private sealed class Reported(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
