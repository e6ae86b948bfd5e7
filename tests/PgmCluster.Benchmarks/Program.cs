using System.Globalization;
using PgmCluster.Benchmarks.Benchmarks;
using PgmCluster.Benchmarks.Control;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Benchmarks.Proofs;
using PgmCluster.Benchmarks.Proofs.MillionEntries;
using PgmCluster.Benchmarks.Proofs.WebDataset;
using PgmCluster.Benchmarks.Serving;
using PgmCluster.Modeling.Runtime;

IBenchmark[] all = [new FusedAdamWBenchmark(), TrainStepBenchmark.Products1024, TrainStepBenchmark.Precision, TrainStepBenchmark.Matmul,
    new TorchScriptBenchmark(), new DropoutAttentionBenchmark(),
    SamplingBenchmark.Quickstart, SamplingBenchmark.Full, SamplingModelsBenchmark.Quickstart, SamplingModelsBenchmark.Full, GangBenchmark.Training, GangBenchmark.Orchestration, GangBenchmark.Tokenizing,
    new DecodeBenchmark(), new ReaderBenchmark(), new QueueBenchmark(), new WireBenchmark(), new ControlBenchmark(), new DrawingBenchmark(), new WatchersBenchmark(), new RunsPageBenchmark(),
    new CatalogBenchmark(), CatalogBenchmark.Submissions];

// Proofs are commands of their own (tests/webdataset, tests/million-entries): they fail where something does not hold.
if (args is [var proofName]
    && new Proof[] { new WebDatasetProof(), new MillionEntriesProof() }.FirstOrDefault(p => p.Name == proofName) is { } proof)
{
    var table = await proof.RunAsync();
    table.Print(Console.Out);
    return table.Holds ? 0 : 1;
}

// dotnet run -c Release --project tests/PgmCluster.Benchmarks -- [NAME ...] [--rounds N] [--cores N] [--json]
var (names, rounds, cores, json) = (new List<string>(), 7, Environment.ProcessorCount, false);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--json") json = true;
    else if (args[i] is "--rounds" or "--cores" && i + 1 < args.Length
        && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
    {
        if (args[i++] == "--rounds") rounds = number;
        else cores = number;
    }
    else names.Add(args[i]);
}
if (names.FirstOrDefault(n => all.All(b => b.Name != n)) is { } unknown)
{
    Console.Error.WriteLine($"Choosing a benchmark: '{unknown}' is neither a benchmark nor --rounds N, --cores N, --json. There are:");
    foreach (var benchmark in all) Console.Error.WriteLine($"  {benchmark.Name,-16} {benchmark.Description}");
    return 2;
}

NativeRuntime.PrepareDeviceThread(NativeRuntime.DefaultThreads, lowerPriority: false);
var machine = Machine.Here();
var results = new Dictionary<string, IReadOnlyList<Comparison>>();
foreach (var benchmark in all.Where(b => names.Count == 0 || names.Contains(b.Name)))
{
    var comparisons = new List<Comparison>();
    foreach (var comparison in benchmark.Run(new BenchmarkOptions(rounds, cores)))
    {
        comparisons.Add(comparison);
        if (!json) Report.Print(machine, comparison, Console.Out);
    }
    results[benchmark.Name] = comparisons;
}
if (json) Report.PrintJson(machine, results, Console.Out);
return 0;
