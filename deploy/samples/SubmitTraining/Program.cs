// Submits a training run to a running silo, follows it to its end, prints what it made.
// A second start with the same arguments finds the run as it is: finished, or still going on.
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;

// Of a cluster several gateways may be named: the client goes on with another one when the silo of the first dies.
var gateways = (args.FirstOrDefault() ?? "").Split(',').Select(g => IPEndPoint.TryParse(g, out var gateway) ? gateway : null).ToArray();
if (args.Length < 4 || gateways.Contains(null))
{
    Console.Error.WriteLine("Usage: SubmitTraining GATEWAY(address:port)[,GATEWAY...] RUN PRESET DATASET [CLUSTER-ID] [KEY=VALUE ...]");
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
builder.UseOrleansClient(client =>
{
    client.UseStaticClustering([.. gateways.OfType<IPEndPoint>()]);
    client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (clusterId, "pgm"));
    // A call to a silo that has just died ends by this and not by the connection; control calls are short.
    client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
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
catch (InvalidRequestException e)
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
