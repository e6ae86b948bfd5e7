using System.CommandLine;
using System.CommandLine.Help;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Commands.Checkpoints;
using PgmCluster.Cli.Commands.Datasets;
using PgmCluster.Cli.Commands.Evaluation;
using PgmCluster.Cli.Commands.Homes;
using PgmCluster.Cli.Commands.Hosting;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Commands.Keys;
using PgmCluster.Cli.Commands.Presets;
using PgmCluster.Cli.Commands.Pulls;
using PgmCluster.Cli.Commands.Sampling;
using PgmCluster.Cli.Commands.Stores;
using PgmCluster.Cli.Commands.Tls;
using PgmCluster.Cli.Commands.Training;
using PgmCluster.Cli.Completion;
using PgmCluster.Cli.Doctor;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Study;
using PgmCluster.Cli.Support;

namespace PgmCluster.Cli;

/// <summary>The command line as a whole: what there is, and how an outcome becomes output and exit code.</summary>
internal static class CommandLineApp
{
    /// <summary>All commands.</summary>
    public static RootCommand Build(CliEnvironment environment)
    {
        var root = new RootCommand("PgmCluster turns an image dataset into a trained generative model.")
        {
            GlobalOptions.Home,
            GlobalOptions.Gateway,
            GlobalOptions.Tls,
            GlobalOptions.Json,
            GlobalOptions.NoEmbed,
            QuickstartCommand.Create(environment),
            UpCommand.Create(environment),
            DatasetCommands.Create(environment),
            TokenizeCommand.Create(environment),
            TokensCommands.Create(environment),
            TrainCommand.Create(environment),
            SampleCommand.Create(environment),
            EvaluateCommand.Create(environment),
            ModelCommands.Create(environment),
            PullCommand.Create(environment),
            InceptionCommands.Create(environment),
            RunsCommands.Create(environment),
            LineageCommand.Create(environment),
            WorkersCommand.Create(environment),
            QueueCommand.Create(environment),
            CheckpointCommands.Create(environment),
            StoreCommands.Create(environment),
            HomeCommands.Create(environment),
            TlsCommands.Create(environment),
            KeyCommands.Create(environment),
            PresetsCommand.Create(environment),
            ConfigCommands.Create(environment),
            SpeedCommand.Create(environment),
            StudyCommand.Create(environment),
            EstimateCommand.Create(environment),
            DoctorCommand.Create(environment),
            SupportCommand.Create(environment),
            CompletionCommand.Create(environment),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WholeHelp((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="environment">Where output goes and silos come from.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CliEnvironment environment, CancellationToken cancellation)
    {
        // "@photos" is a directory that somebody named so, not a file with further arguments.
        var parsed = Build(environment).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (parsed.Errors.Count > 0) throw ParseErrors.Explain(parsed);
            var configuration = new InvocationConfiguration
            {
                Output = environment.Out,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                // The signals are handled by StopSignals, so that the command waits for the silo's last checkpoint.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (Exception e)
        {
            var report = ErrorReport.Of(e, cancellation.IsCancellationRequested);
            if (WantsJson(parsed))
                environment.Out.WriteLine(Json.Text(new { error = new { report.Kind, report.Message } }));
            environment.Error.WriteLine($"pgm: {report.Message}");
            if (environment.Variable("PGM_DEBUG") == "1") environment.Error.WriteLine(e);
            return report.ExitCode;
        }
    }

    private static bool WantsJson(ParseResult parsed)
    {
        try
        {
            return parsed.GetValue(GlobalOptions.Json);
        }
        catch (InvalidOperationException)
        {
            // "--json=perhaps": who gave the option reads JSON.
            return true;
        }
    }
}
