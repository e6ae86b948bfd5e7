using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Tokenization;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>What is stored since tokens are imported.</summary>
internal static class StoredTokenImports
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IEnumerable<(string File, object State)> before)
    {
        var newest = before.Where(sample => sample.State is TokenizationJobState).MaxBy(sample => sample.File).State;
        var state = (TokenizationJobState)StoredTypes.Read(newest.GetType(), BinaryData.FromString(StoredTypes.Write(newest)));
        state.Request = state.Request! with
        {
            Import = new TokenImport { Location = "/data/größe", Split = "eval", Files = ["data-00000-of-00001.arrow"] },
        };
        yield return ("tokenization-job.5.json", state);
    }
}
