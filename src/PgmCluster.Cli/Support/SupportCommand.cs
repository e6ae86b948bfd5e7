using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Doctor;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Options;
using Spectre.Console;

namespace PgmCluster.Cli.Support;

/// <summary>
/// <c>pgm support</c>: one archive for somebody who is asked for help. Starts no silo, changes nothing in the home, and works where neither
/// the cluster nor the devices do.
/// </summary>
internal static class SupportCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var output = new Option<string?>("--out")
        {
            Description = "The archive to write. Default: pgm-support-TIME.tar.gz in this directory",
            HelpName = "FILE.tar.gz",
        };
        var config = new Option<string?>("--config")
        {
            Description = "JSON file with the settings of a silo in a section \"Pgm\"; each can also be set as $PGM_NAME",
            HelpName = "FILE",
        };
        var command = new Command(
            "support", "Collect settings without secrets, versions, logs, doctor's report and the cluster's state in one archive")
        {
            output, config,
        };
        return command.Does(environment, async invocation =>
        {
            var now = environment.Time.GetUtcNow();
            var path = Path.GetFullPath(
                invocation.Get(output) ?? string.Create(CultureInfo.InvariantCulture, $"pgm-support-{now:yyyyMMdd-HHmmss}.tar.gz"));
            OutputFile.Check(path);
            var options = SiloSettings.OfService(environment.Variable, invocation.Get(config), []);
            var home = SiloSettings.SettleHome(
                options, invocation.Home, invocation.NamesHome || environment.Variable("PGM_HOME") is { Length: > 0 });

            var bundle = new SupportBundle(Secrets(options, environment.Variable));
            bundle.AddJson("about.json", SupportContents.About(now, NativeRuntime.CpuModel));
            bundle.AddJson("settings.json", SupportContents.Settings(options));
            bundle.AddJson("environment.json", SupportContents.Environments(environment.Variable));
            bundle.Add("doctor.txt", await DoctorAsync(invocation, options, home));
            bundle.AddJson("cluster.json", await SupportContents.ClusterAsync(invocation));
            foreach (var (name, text) in SupportContents.Logs(home.Logs)) bundle.Add($"logs/{name}", text);
            bundle.Write(path, now, invocation.Cancellation);

            return invocation.Finish(
                new { file = path, entries = bundle.Entries.Select(e => new { name = e.Name, bytes = e.Bytes }) },
                console =>
                {
                    console.WriteTable(["file", "bytes"], bundle.Entries.Select(e => new[] { e.Name, Texts.Bytes(e.Bytes) }));
                    console.WriteLine($"All of it is in {path}");
                    console.WriteLine("Passwords, keys and tokens that it knows are taken out. Look through it before you send it: names of "
                        + "runs, users, machines and directories are in it.");
                });
        });
    }

    /// <summary>What doctor says; what keeps it from saying so is no reason to have nothing.</summary>
    private static async Task<string> DoctorAsync(Invocation invocation, SiloOptions options, PgmHome home)
    {
        var said = new StringWriter();
        try
        {
            await DoctorExamination.RunAsync(
                new DoctorReport(said, isTerminal: false), options, home, full: false, TextWriter.Null, invocation.Cancellation);
        }
        catch (Exception e) when (!invocation.Cancellation.IsCancellationRequested)
        {
            said.WriteLine(Contracts.Errors.ErrorLine.Of(e));
        }
        return said.ToString();
    }

    private static HiddenWords Secrets(SiloOptions options, Func<string, string?> variable)
    {
        var hidden = new HiddenWords();
        if (options.Database.Length > 0) hidden.AddConnection(options.Database);
        if (options.DatabaseFile.Length > 0 && File.Exists(options.DatabaseFile)) hidden.AddConnection(File.ReadAllText(options.DatabaseFile).Trim());
        foreach (var name in SupportContents.Variables.Where(HiddenWords.IsSecret)) hidden.Add(variable(name));
        return hidden;
    }
}
