namespace PgmCluster.Benchmarks.Harness;

/// <summary>Something that can be measured by name from the command line.</summary>
public interface IBenchmark
{
    string Name { get; }

    /// <summary>One line for the list of benchmarks.</summary>
    string Description { get; }

    /// <summary>Measures. Called on a thread whose operators have one thread each; lanes are the benchmark's own.</summary>
    /// <returns>One comparison per table to print.</returns>
    IEnumerable<Comparison> Run(BenchmarkOptions options);
}
