using Microsoft.Extensions.Configuration;
using PgmCluster.Data;
using PgmCluster.Data.Tables;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Tls;

// One silo as a process of its own. Options, in rising order of precedence: a JSON file (--config FILE, section "Pgm"),
// environment variables (PGM_HOME, PGM_SILOPORT, ...), the command line (--home DIR, --siloport N, ...).
if (TableReader.IsAsked(args)) return await TableReader.RunAsync();
using var signals = new StopSignals(secondLeaves: false);
NativeRuntime.PrepareProcess();
try
{
    var options = ReadOptions(args);
    await using var silo = await PgmSiloHost.StartAsync(
        options, builder => builder.AddPgmParts(options), signals.Token, Console.Error.WriteLine);
    Console.WriteLine(
        $"Silo '{options.SiloName}' is ready: "
        + $"{(silo.Endpoint.Gateway.Length > 0 ? $"gateway {silo.Endpoint.Gateway}" : "no gateway")}, home "
        + $"{Path.GetFullPath(options.Home)}, {(silo.ApiAddress is { } api ? $"HTTP API {api}/api, " : "")}started in "
        + $"{silo.StartTime.TotalSeconds:0.0} s.");

    var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    using var asked = signals.Token.Register(() => signalled.TrySetResult());
    using var stopping = silo.Stopping.Register(() => signalled.TrySetResult());
    await signalled.Task;
    await silo.StopAsync();
    return 0;
}
catch (Exception) when (signals.Token.IsCancellationRequested)
{
    Console.Error.WriteLine("pgm-silo: interrupted.");
    return 130;
}
catch (Exception e) when (e is SiloOptionsException or BadInputException or TlsFilesException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is SiloStartException or HomeLockedException or StateDatabaseException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static SiloOptions ReadOptions(string[] args)
{
    var options = new SiloOptions();
    var commandLine = new ConfigurationBuilder().AddCommandLine(args).Build();
    SiloConfiguration.Apply(
        options, commandLine["config"], new ConfigurationBuilder().AddEnvironmentVariables("PGM_").Build().AsEnumerable(),
        commandLine.AsEnumerable());
    return options;
}
