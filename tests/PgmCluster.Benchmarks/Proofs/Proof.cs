using System.Diagnostics;
using System.Globalization;

namespace PgmCluster.Benchmarks.Proofs;

/// <summary>Something that takes too long for a test, and says whether it holds.</summary>
internal abstract class Proof
{
    private readonly long _begun = Stopwatch.GetTimestamp();

    public abstract string Name { get; }

    /// <summary>What is found.</summary>
    protected ProofTable Table { get; } = new();

    /// <summary>Since the proof was begun.</summary>
    protected TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begun);

    /// <summary>Runs it, and fills <see cref="Table"/>.</summary>
    protected abstract Task FindAsync();

    public async Task<ProofTable> RunAsync()
    {
        await FindAsync();
        return Table;
    }

    /// <summary>Tells whoever waits how far it is.</summary>
    protected void Say(string line) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds,5:0} s  {line}"));
}
