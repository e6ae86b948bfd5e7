using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Data;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;
using Spectre.Console;

namespace PgmCluster.Cli.Commands;

/// <summary>One run of one command: its values, its output, its session.</summary>
internal sealed class Invocation(CliEnvironment environment, ParseResult parsed, CancellationToken cancellation)
{
    private static readonly string[] DatabaseVariables = ["PGM_DATABASE", "PGM_DATABASEFILE"];

    public CliEnvironment Environment => environment;

    public CancellationToken Cancellation => cancellation;

    /// <summary>The command line as a whole.</summary>
    public RootCommand Root => (RootCommand)parsed.RootCommandResult.Command;

    public bool AsJson { get; } = parsed.GetValue(GlobalOptions.Json);

    public bool NoEmbed { get; } = parsed.GetValue(GlobalOptions.NoEmbed);

    public bool NamesHome => parsed.GetValue(GlobalOptions.Home) is not null;

    public bool NamesGateway => parsed.GetValue(GlobalOptions.Gateway) is { Length: > 0 };

    /// <summary>The directory of certificates that is named on the command line.</summary>
    public string? GivenTls => parsed.GetValue(GlobalOptions.Tls);

    public PgmHome Home { get; } = PgmHome.Locate(parsed.GetValue(GlobalOptions.Home), environment.Variable);

    /// <summary>Where progress goes: stdout is reserved for the one object with <c>--json</c>.</summary>
    public TextWriter ProgressWriter => AsJson ? environment.Error : environment.Out;

    public bool ProgressIsTerminal => AsJson ? environment.ErrorIsTerminal : environment.OutIsTerminal;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>The value of an argument that may be left out.</summary>
    public T? GetOptional<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>The option's value where it is on the command line, else another one.</summary>
    public T? Get<T>(Option<T> option, T? otherwise) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : otherwise;

    /// <summary>Whether the option is on the command line.</summary>
    public bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Shows the outcome, either as the one object or as text.</summary>
    public int Finish(object json, Action<IAnsiConsole> text)
    {
        if (AsJson) environment.Out.WriteLine(Json.Text(json));
        else text(Consoles.Of(environment.Out, environment.OutIsTerminal));
        return ExitCodes.Ok;
    }

    /// <summary>Progress of one job or of a row of stages.</summary>
    public IProgressBoard Board(params IReadOnlyList<string> stages) => Board(stages, pictures: false);

    /// <inheritdoc cref="Board(IReadOnlyList{string})"/>
    /// <param name="stages">In order.</param>
    /// <param name="pictures">Whether there are pictures to show. Beside the one object of <c>--json</c> none are.</param>
    public IProgressBoard Board(IReadOnlyList<string> stages, bool pictures) =>
        ProgressBoards.Create(ProgressWriter, ProgressIsTerminal, stages, environment.Time, pictures && !AsJson);

    /// <summary>One of the cluster that is named, or the one that runs on the home; null where none does.</summary>
    public async Task<IClusterSession?> ConnectAsync()
    {
        var gateways = Gateways.Of(parsed.GetValue(GlobalOptions.Gateway), environment.Variable);
        return gateways.Count > 0
            ? await environment.Sessions.ConnectAsync(gateways, environment.Variable("PGM_CLUSTERID") ?? "pgm", Home, Tls(), cancellation)
            : await environment.Sessions.ConnectAsync(Home, Tls(), cancellation);
    }

    /// <summary>
    /// Runs <paramref name="body"/> with a silo: one of the cluster that is named, or the one that runs on the home, or else one of its
    /// own.
    /// </summary>
    /// <param name="need">Whether a silo of its own will do.</param>
    /// <param name="body">The work.</param>
    /// <param name="isOwn">Tells the jobs that the command is about from others that a silo of its own goes on with.</param>
    public async Task<T> WithSessionAsync<T>(SiloNeed need, Func<IClusterSession, Task<T>> body, Func<string, bool>? isOwn = null)
    {
        var session = await ConnectAsync();
        if (session is null)
        {
            if (NoEmbed) throw new NoSiloException(Home.Root);
            if (DatabaseVariables.FirstOrDefault(name => environment.Variable(name) is { Length: > 0 }) is { } set)
            {
                throw new UsageException(
                    $"{set} is set, so this command needs a silo of that cluster, and none runs on {Home.Root}. "
                    + $"Name one with --gateway HOST:PORT, start one with 'pgm up', or unset {set}.");
            }
            if (need == SiloNeed.Lasting)
            {
                throw new UsageException(
                    $"--detach needs a silo that outlives the command, and none runs on {Home.Root}. "
                    + $"Start one with 'pgm up --home {Home.Root}', or leave out --detach.");
            }
            session = await EmbedAsync(Home);
        }
        return await UseAsync(session, body, isOwn);
    }

    /// <summary>Runs <paramref name="body"/> with a silo in this process.</summary>
    public async Task<T> WithEmbeddedAsync<T>(PgmHome home, Func<IClusterSession, Task<T>> body, Func<string, bool>? isOwn = null)
    {
        if (Gateways.IsInEnvironment(environment.Variable))
            Say($"{Gateways.Variable} is set and not used: this command runs a silo of its own, on {home.Root}.");
        return await UseAsync(await EmbedAsync(home), body, isOwn);
    }

    /// <summary>This program's certificate: that of the command line, else that of the environment, else none.</summary>
    private TlsFiles? Tls() => GivenTls is { Length: > 0 } given
        ? TlsFiles.In(given)
        : TlsSetting.Of(
            environment.Variable("PGM_TLS"), environment.Variable("PGM_TLSCERTIFICATE"), environment.Variable("PGM_TLSKEY"),
            environment.Variable("PGM_TLSAUTHORITY"));

    private Task<IClusterSession> EmbedAsync(PgmHome home) =>
        environment.Sessions.EmbedAsync(home, SiloSettings.OfCommand(home, environment.Variable), Say, cancellation);

    /// <summary>Tells the user, once asked to stop, that a silo of this process is stopping.</summary>
    public CancellationTokenRegistration SayThatItStops() =>
        cancellation.Register(() => environment.Error.WriteLine("Stopping. Press Ctrl-C again to leave at once."));

    /// <summary>Shows a line beside the outcome.</summary>
    private void Say(string line)
    {
        ProgressWriter.WriteLine(line);
        ProgressWriter.Flush();
    }

    private async Task<T> UseAsync<T>(IClusterSession session, Func<IClusterSession, Task<T>> body, Func<string, bool>? isOwn)
    {
        T result;
        // A silo of this process saves what it holds, which can take a while; a connection just ends.
        using var hint = session.IsEmbedded ? SayThatItStops() : default;
        try
        {
            if (await OtherJobs.DescribeAsync(session, isOwn ?? (_ => false)) is { } others) Say(others);
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
