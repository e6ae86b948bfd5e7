namespace PgmCluster.Data.Tokens;

/// <summary>The names within a token shard.</summary>
public static class TokenShardLayout
{
    /// <summary>U16 [n, height, width].</summary>
    public const string Codes = "codes";

    /// <summary>I32 [n].</summary>
    public const string Labels = "labels";

    /// <summary>In the metadata: the SHA-256 of the tokenizer's weights.</summary>
    public const string Tokenizer = "tokenizer";
}
