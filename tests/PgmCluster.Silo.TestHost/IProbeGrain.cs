using Orleans;

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
}

[GenerateSerializer, Immutable, Alias("pgm.test.ProbeReading")]
public sealed record ProbeReading(
    [property: Id(0)] string? Text,
    [property: Id(1)] int Count,
    [property: Id(2)] bool Exists,
    [property: Id(3)] string Silo);
