using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

if (args[0] == "write") return await StoreWriter.RunAsync(place: args[1], cache: args[2], name: args[3], megabytes: int.Parse(args[4]));

// home, silo name, "shared" or "exclusive"; the artifact store from PGM_ARTIFACTS. Says READY, runs until its standard input ends, then stops cleanly.
var options = new SiloOptions
{
    Home = args[0],
    SiloName = args[1],
    Exclusive = args[2] == "exclusive",
    Devices = "none",
    Artifacts = Environment.GetEnvironmentVariable("PGM_ARTIFACTS") ?? "",
};
try
{
    await using var silo = await PgmSiloHost.StartAsync(options);
    var sinceProcess = DateTime.Now - System.Diagnostics.Process.GetCurrentProcess().StartTime;
    Console.WriteLine(
        $"READY {silo.Endpoint.Gateway} in {silo.StartTime.TotalSeconds:0.00} s ({sinceProcess.TotalSeconds:0.00} s since the process "
        + "began)");
    while (Console.ReadLine() is not null)
    {
    }
    return 0;
}
catch (Exception e)
{
    Console.WriteLine($"FAILED {e.GetType().Name}: {e.Message}");
    return 1;
}
