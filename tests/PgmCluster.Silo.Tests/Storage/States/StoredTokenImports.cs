using PgmCluster.Contracts.Tokenization;
using PgmCluster.Grains.Tokenization;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since tokens are imported.</summary>
internal static class StoredTokenImports
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var state = StoredStates.CopyOf<TokenizationJobState>(before, "tokenization-job.4.json");
        state.Request = state.Request! with
        {
            Import = new TokenImport { Location = "/data/größe", Split = "eval", Files = ["data-00000-of-00001.arrow"] },
        };
        yield return ("tokenization-job.5.json", state);
    }
}
