using PgmCluster.Chaos;
using PgmCluster.Silo.Hosting;

using var signals = new StopSignals(secondLeaves: true);
return await ChaosCommand.Create(Console.Out, Console.Error, signals.Token).Parse(args).InvokeAsync();
