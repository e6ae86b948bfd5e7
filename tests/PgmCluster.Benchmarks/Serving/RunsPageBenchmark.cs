using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Catalog;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport.Processes;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Benchmarks.Serving;

/// <summary>The dashboard's page of runs where there are many, against few.</summary>
public sealed class RunsPageBenchmark : IBenchmark
{
    private const int Few = 10, Many = 10_000, Loads = 20;

    public string Name => "runs-page";

    public string Description => $"the dashboard's page of runs with {Many} of them, against {Few}";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-runs-page-").FullName;
        try
        {
            await using var few = await Start(directory, "few", Few);
            await using var many = await Start(directory, "many", Many);
            var (ofFew, ofMany) = (new double[options.Rounds], new double[options.Rounds]);
            for (var round = -1; round < options.Rounds; round++)
            {
                var (a, b) = (await few.Load(), await many.Load());
                if (round >= 0) (ofFew[round], ofMany[round]) = (a, b);
            }
            return [Comparison.Of("A load of /runs", ($"{Few} runs", ofFew, 0), ($"{Many} runs", ofMany, 0))];
        }
        finally
        {
            TemporaryFiles.Delete(directory);
        }
    }

    private static async Task<Pages> Start(string directory, string name, int runs)
    {
        var port = FreePort.Take();
        var options = new SiloOptions
        {
            Home = Path.Combine(directory, name),
            SiloName = name,
            Devices = "none",
            ApiPort = port,
        };
        var silo = await PgmSiloHost.StartAsync(options, parts => parts.AddPgmParts(options));
        await silo.Services.GetRequiredService<ICatalogStore>().PutAll("jobs", [.. Enumerable.Range(0, runs).Select(Entry)], default);
        return new Pages(silo, $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/runs");
    }

    private static CatalogEntry Entry(int run)
    {
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(10 * run);
        return new CatalogEntry
        {
            Name = $"run-{run:00000}",
            JobKind = JobKind.Training,
            Summary = "pgm-fashion on tokens",
            MadeFrom = ["tokens"],
            CreatedAt = at,
            ChangedAt = at.AddMinutes(5),
            AtRest = true,
            Phase = JobPhase.Completed,
        };
    }

    private sealed class Pages(PgmSiloHost silo, string address) : IAsyncDisposable
    {
        private readonly HttpClient _client = new();

        /// <summary>Seconds of a load, the mean of some.</summary>
        public async Task<double> Load()
        {
            var begun = Stopwatch.GetTimestamp();
            for (var load = 0; load < Loads; load++)
            {
                var page = await _client.GetStringAsync(address);
                if (!page.Contains("run-00009", StringComparison.Ordinal) && !page.Contains($"run-{Many - 1:00000}", StringComparison.Ordinal))
                    throw new InvalidOperationException("The page shows no run.");
            }
            return Stopwatch.GetElapsedTime(begun).TotalSeconds / Loads;
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await silo.DisposeAsync();
        }
    }
}
