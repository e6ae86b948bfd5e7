namespace PgmCluster.Data.Tokens;

/// <summary>The names within a token shard.</summary>
internal static class TokenShardLayout
{
    public const string Codes = "codes";
    public const string Labels = "labels";

    /// <summary>In the metadata.</summary>
    public const string Tokenizer = "tokenizer";
}
