namespace PgmCluster.Data.Hub;

/// <summary>Where the Hub is, and who asks.</summary>
/// <param name="Endpoint">Its address.</param>
/// <param name="Token">Proves who asks; null asks as nobody. Goes to <paramref name="Endpoint"/>'s host alone, and into no message.</param>
public sealed record HubOptions(Uri Endpoint, string? Token)
{
    private const string EndpointVariable = "HF_ENDPOINT", TokenVariable = "HF_TOKEN", TokenPathVariable = "HF_TOKEN_PATH",
        HomeVariable = "HF_HOME";

    public static readonly Uri PublicEndpoint = new("https://huggingface.co/");

    /// <summary>
    /// As the Hub's own tools find them: <c>HF_ENDPOINT</c>; the token in <c>HF_TOKEN</c>, else in the file <c>HF_TOKEN_PATH</c>, else in
    /// the file that logging in leaves (<c>HF_HOME/token</c>).
    /// </summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="userHome">The user's home directory.</param>
    /// <exception cref="BadInputException">The endpoint is no address, or a token file that was named cannot be read.</exception>
    public static HubOptions Of(Func<string, string?> variable, string userHome)
    {
        var endpoint = PublicEndpoint;
        if (variable(EndpointVariable) is { Length: > 0 } given
            && (!Uri.TryCreate(given.TrimEnd('/') + '/', UriKind.Absolute, out endpoint!) || endpoint.Scheme is not ("http" or "https")))
            throw new BadInputException(
                $"Reading {EndpointVariable}: '{given}' is no address of the web. Give one such as {PublicEndpoint}.");
        return new HubOptions(endpoint, TokenOf(variable, userHome));
    }

    // A record's own text would hold the token.
    public override string ToString() => $"{Endpoint} {(Token is null ? "without" : "with")} a token";

    private static string? TokenOf(Func<string, string?> variable, string userHome)
    {
        if (variable(TokenVariable)?.Trim() is { Length: > 0 } token) return token;
        if (variable(TokenPathVariable) is { Length: > 0 } named)
        {
            try
            {
                return Text(named);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BadInputException(
                    $"Reading the token that {TokenPathVariable} names, {named}: {e.Message.TrimEnd('.')}. "
                    + "Name a file that this user can read.", e);
            }
        }
        var left = Path.Combine(
            variable(HomeVariable) is { Length: > 0 } home ? home : Path.Combine(userHome, ".cache", "huggingface"), "token");
        return File.Exists(left) ? Text(left) : null;
    }

    private static string? Text(string path) => File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;
}
