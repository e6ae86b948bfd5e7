using Orleans;
using Orleans.Concurrency;
using PgmCluster.Contracts.Callers;

namespace PgmCluster.Silo.TestHost;

[Alias("pgm.test.IProbeGrain")]
public interface IProbeGrain : IGrainWithStringKey
{
    /// <summary>Stores the text and answers with how often this grain has been written.</summary>
    [Alias("Write")]
    Task<int> Write(string text);

    /// <summary>What is stored, and on which silo the grain lives.</summary>
    [Alias("Read")]
    Task<ProbeReading> Read();

    /// <summary>Writes <paramref name="count"/> times, one after another.</summary>
    [Alias("WriteMany")]
    Task WriteMany(int count);

    [Alias("Clear")]
    Task Clear();

    /// <summary>Names of what is in the request context of this call.</summary>
    [Alias("GetContext")]
    Task<string[]> GetContext();

    /// <summary>The same, of a call that only silos may make.</summary>
    [Alias("GetOwnContext"), ForSilos]
    Task<string[]> GetOwnContext();

    /// <summary><see cref="GetOwnContext"/> of another grain, called by this one.</summary>
    [Alias("Relay")]
    Task<string[]> Relay(string other);

    /// <summary>A stream that only silos may ask for.</summary>
    [Alias("Count"), ForSilos]
    IAsyncEnumerable<int> Count(CancellationToken cancellation);

    /// <summary>Ends when it is cancelled.</summary>
    [Alias("Hold"), AlwaysInterleave]
    Task Hold(CancellationToken cancellation);

    /// <summary>How many calls of <see cref="Hold"/> are under way.</summary>
    [Alias("GetHeld"), AlwaysInterleave]
    Task<int> GetHeld();
}

[GenerateSerializer, Immutable, Alias("pgm.test.ProbeReading")]
public sealed record ProbeReading(
    [property: Id(0)] string? Text,
    [property: Id(1)] int Count,
    [property: Id(2)] bool Exists,
    [property: Id(3)] string Silo);
