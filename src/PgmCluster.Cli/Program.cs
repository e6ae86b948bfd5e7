using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Sessions;
using PgmCluster.Modeling.Runtime;

NativeRuntime.PrepareProcess();
using var interrupt = new InterruptSignals(Console.Error);
return await CommandLineApp.RunAsync(args, CliEnvironment.OfProcess(new SiloSessions()), interrupt.Token);
