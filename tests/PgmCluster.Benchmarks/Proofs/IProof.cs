namespace PgmCluster.Benchmarks.Proofs;

/// <summary>Something that takes too long for a test, and says whether it holds.</summary>
internal interface IProof
{
    string Name { get; }

    Task<ProofTable> RunAsync();
}
