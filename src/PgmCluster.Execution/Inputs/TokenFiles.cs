using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Inputs;

/// <summary>Token shards of the artifact store.</summary>
internal static class TokenFiles
{
    /// <summary>Opens shards as one list of images.</summary>
    /// <param name="context">Where the shards are.</param>
    /// <param name="files">In index order.</param>
    /// <param name="check">Sees each shard and the SHA-256 of the tokenizer that made it, null where it does not say; throws.</param>
    public static TokenDataset Open(WorkContext context, IReadOnlyList<ArtifactInfo> files, Action<ArtifactInfo, string?> check)
    {
        var shards = new List<TokenShard>();
        try
        {
            foreach (var shard in files)
            {
                using var fetched = context.Fetch(shard);
                shards.Add(TokenShard.Open(fetched));
                check(shard, shards[^1].Tokenizer);
            }
            return new TokenDataset(shards);
        }
        catch
        {
            foreach (var shard in shards) shard.Dispose();
            throw;
        }
    }
}
