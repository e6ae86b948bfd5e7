using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Data;
using Spectre.Console;

namespace PgmCluster.Cli.Commands;

/// <summary>One run of one command: its values, its output, its session.</summary>
internal sealed class Invocation(CliEnvironment environment, ParseResult parsed, CancellationToken cancellation)
{
    public CliEnvironment Environment => environment;

    public CancellationToken Cancellation => cancellation;

    public bool AsJson { get; } = parsed.GetValue(GlobalOptions.Json);

    public bool NoEmbed { get; } = parsed.GetValue(GlobalOptions.NoEmbed);

    public bool NamesHome => parsed.GetValue(GlobalOptions.Home) is not null;

    public PgmHome Home { get; } = PgmHome.Locate(parsed.GetValue(GlobalOptions.Home), environment.Variable);

    /// <summary>Where progress goes: stdout is reserved for the one object with <c>--json</c>.</summary>
    public TextWriter ProgressWriter => AsJson ? environment.Error : environment.Out;

    public bool ProgressIsTerminal => AsJson ? environment.ErrorIsTerminal : environment.OutIsTerminal;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>The option's value where it is on the command line, else another one.</summary>
    public T? Get<T>(Option<T> option, T? otherwise) => parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : otherwise;

    /// <summary>Shows the outcome, either as the one object or as text.</summary>
    public int Finish(object json, Action<IAnsiConsole> text)
    {
        if (AsJson) environment.Out.WriteLine(Json.Text(json));
        else text(Consoles.Of(environment.Out, environment.OutIsTerminal));
        return ExitCodes.Ok;
    }

    /// <summary>Progress of one job or of a row of stages.</summary>
    public IProgressBoard Board(params IReadOnlyList<string> stages) =>
        ProgressBoards.Create(ProgressWriter, ProgressIsTerminal, stages, environment.Time);

    /// <summary>Runs <paramref name="body"/> with a silo: the one that runs on the home, or else one of its own.</summary>
    /// <param name="need">Whether a silo of its own will do.</param>
    /// <param name="body">The work.</param>
    public async Task<T> WithSessionAsync<T>(SiloNeed need, Func<IClusterSession, Task<T>> body)
    {
        var session = await environment.Sessions.ConnectAsync(Home, cancellation);
        if (session is null)
        {
            if (NoEmbed) throw new NoSiloException(Home.Root);
            if (need == SiloNeed.Lasting)
            {
                throw new UsageException(
                    $"--detach needs a silo that outlives the command, and none runs on {Home.Root}. Start one with 'pgm up --home {Home.Root}', or leave out --detach.");
            }
            session = await EmbedAsync(Home);
        }
        return await UseAsync(session, body);
    }

    /// <summary>Runs <paramref name="body"/> with a silo in this process.</summary>
    public async Task<T> WithEmbeddedAsync<T>(PgmHome home, Func<IClusterSession, Task<T>> body) => await UseAsync(await EmbedAsync(home), body);

    private Task<IClusterSession> EmbedAsync(PgmHome home) =>
        environment.Sessions.EmbedAsync(home, new() { Devices = environment.Variable("PGM_DEVICES") ?? "auto" }, cancellation);

    private async Task<T> UseAsync<T>(IClusterSession session, Func<IClusterSession, Task<T>> body)
    {
        T result;
        try
        {
            result = await body(session);
        }
        catch (Exception e)
        {
            await session.DisposeAsync();
            if (cancellation.IsCancellationRequested && e is not UsageException and not BadInputException)
            {
                throw new InterruptedException(session.IsEmbedded
                    ? "interrupted; what was done is kept, and the same command goes on from there."
                    : "interrupted; work that was started goes on in the silo: see 'pgm runs list'.");
            }
            if (ErrorReport.IsRefusal(e)) session.Claim?.Undo();
            throw;
        }
        await session.DisposeAsync();
        return result;
    }
}
