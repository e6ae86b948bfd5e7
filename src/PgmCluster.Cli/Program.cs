using PgmCluster.Cli;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Data.Tables;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Hosting;

// Before anything else: this process is to have nothing that a damaged file could reach.
if (TableReader.IsAsked(args)) return await TableReader.RunAsync();
using var signals = new StopSignals(secondLeaves: true);
TerminalWriter.Install();
NativeRuntime.PrepareProcess();
return await CommandLineApp.RunAsync(args, CliEnvironment.OfProcess(new SiloSessions()), signals.Token);
