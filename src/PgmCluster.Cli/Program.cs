using PgmCluster.Cli;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Hosting;

using var signals = new StopSignals(secondLeaves: true);
TerminalWriter.Install();
NativeRuntime.PrepareProcess();
return await CommandLineApp.RunAsync(args, CliEnvironment.OfProcess(new SiloSessions()), signals.Token);
