// Submits a training run to a running silo, follows it to its end, prints what it made.
// A second start with the same arguments finds the run as it is: finished, or still going on.
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using PgmCluster.Client;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Tls;

if (args.Length < 4)
{
    Console.Error.WriteLine("Usage: SubmitTraining GATEWAY(host:port)[,GATEWAY...] RUN PRESET DATASET [CLUSTER-ID] [KEY=VALUE ...]");
    return 2;
}
var (id, preset, dataset) = (args[1], args[2], args[3]);
var clusterId = args.Skip(4).FirstOrDefault(a => !a.Contains('=')) ?? "pgm";
var overrides = args.Skip(4).Where(a => a.Contains('=')).ToDictionary(a => a[..a.IndexOf('=')], a => a[(a.IndexOf('=') + 1)..]);

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupt.Cancel();
};

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
builder.Services.AddPgmClient(options =>
{
    // Of a cluster several gateways may be named: the client goes on with another one when the silo of the first dies.
    options.Gateways = args[0].Split(',');
    options.ClusterId = clusterId;
    // A directory of 'pgm tls issue NAME --role service', where the cluster has TLS.
    options.Tls = Environment.GetEnvironmentVariable("PGM_TLS") ?? "";
});
using var host = builder.Build();

try
{
    await host.StartAsync(interrupt.Token);
    var run = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ITrainingRunGrain>(id);
    await run.Start(new TrainingRequest { Preset = preset, Dataset = dataset, Set = overrides });

    // WatchToRest opens the stream again whenever the silo that served it is gone.
    await foreach (var e in run.WatchToRest(cancellation: interrupt.Token))
    {
        var loss = e.Progress.Loss is { } value ? string.Create(CultureInfo.InvariantCulture, $", loss {value:G4}") : "";
        Console.WriteLine($"{e.Phase} {e.Progress.Unit} {e.Progress.Done}/{e.Progress.Total}{loss} {e.Message}".TrimEnd());
    }

    var details = await run.GetDetails();
    if (details.Result is not { } result)
    {
        Console.Error.WriteLine($"Run '{id}' is {details.Status.Phase}: {details.Status.Message}");
        return 1;
    }
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture, $"steps {result.Steps}, final loss {result.FinalLoss:G4}, {result.Parameters} parameters"));
    Console.WriteLine($"weights {result.Weights.Name}, SHA-256 {result.WeightsSha256}");
    return 0;
}
catch (Exception e) when (e is InvalidRequestException or OptionsValidationException or TlsFilesException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    Console.Error.WriteLine($"Interrupted; run '{id}' goes on in the silo.");
    return 130;
}
catch (Exception e) when (e is PgmException or OrleansException or TimeoutException)
{
    Console.Error.WriteLine($"Submitting run '{id}' to {args[0]}: {e.Message.ReplaceLineEndings(" ")}");
    return 1;
}
