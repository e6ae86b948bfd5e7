namespace PgmCluster.Data.Artifacts.S3;

/// <summary>
/// Where a store lies on a server that speaks S3: <c>s3://BUCKET/PREFIX?endpoint=URL&amp;region=NAME&amp;style=path</c>. The part behind
/// the question mark is for servers other than Amazon's.
/// </summary>
/// <param name="Bucket">The bucket; it has to be there.</param>
/// <param name="Prefix">Before all names: empty, or ending with '/'.</param>
/// <param name="Endpoint">The server; null for Amazon's in the region.</param>
/// <param name="Region">The region; null for what the environment or the profile says.</param>
/// <param name="PathStyle">Whether the bucket stands in the path of requests instead of the host's name.</param>
public sealed record S3Place(string Bucket, string Prefix, Uri? Endpoint, string? Region, bool PathStyle)
{
    private const string Scheme = "s3://";

    /// <summary>Whether a setting means a bucket rather than a directory.</summary>
    public static bool IsLike(string setting) => setting.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="BadInputException">It names no bucket, or holds what is not known.</exception>
    public static S3Place Parse(string setting)
    {
        if (!IsLike(setting)) throw Wrong(setting, "it does not begin with s3://");
        var rest = setting[Scheme.Length..];
        var (path, query) = rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? (rest[..at], rest[(at + 1)..]) : (rest, "");
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = slash < 0 ? (path, "") : (path[..slash], path[(slash + 1)..].Trim('/'));
        if (bucket.Length == 0) throw Wrong(setting, "it names no bucket");
        try
        {
            if (prefix.Length > 0) ArtifactName.Require(prefix);
        }
        catch (ArgumentException)
        {
            throw Wrong(setting, $"'{prefix}' is no prefix for artifacts");
        }
        Uri? endpoint = null;
        string? region = null, style = null;
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.Split('=', 2) is [var k, var v] ? (k, Uri.UnescapeDataString(v)) : (pair, "");
            switch (key)
            {
                case "endpoint" when Uri.TryCreate(value, UriKind.Absolute, out endpoint) && endpoint.Scheme is "http" or "https":
                    break;
                case "region" when value.Length > 0:
                    region = value;
                    break;
                case "style" when value is "path" or "host":
                    style = value;
                    break;
                default:
                    throw Wrong(setting, $"'{pair}' is none of endpoint=URL, region=NAME, style=path, style=host");
            }
        }
        style ??= endpoint is null ? "host" : "path";
        return new S3Place(bucket, prefix.Length > 0 ? $"{prefix}/" : "", endpoint, region, style == "path");
    }

    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}";

    private static BadInputException Wrong(string setting, string reason) =>
        new($"Reading the artifact store's place '{setting}': {reason}. Write it like s3://BUCKET/PREFIX, "
            + "or s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=NAME.");
}
