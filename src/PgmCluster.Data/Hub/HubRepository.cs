namespace PgmCluster.Data.Hub;

/// <summary>A repository of the Hub.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Name">OWNER/NAME.</param>
public sealed record HubRepository(HubKind Kind, string Name)
{
    private const int LongestName = 96;

    /// <summary>The part of addresses by which the Hub's API calls the kind.</summary>
    public string ApiPath => $"api/{(Kind == HubKind.Dataset ? "datasets" : "models")}/{Name}";

    /// <summary>The part of addresses of pages and files.</summary>
    public string PagePath => Kind == HubKind.Dataset ? $"datasets/{Name}" : Name;

    /// <summary>Checks a name.</summary>
    /// <exception cref="BadInputException">It is not OWNER/NAME.</exception>
    public static HubRepository Of(HubKind kind, string name)
    {
        var parts = name.Split('/');
        bool IsPart(string part) =>
            part.Length is > 0 and <= LongestName && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                && part is not ("." or "..");
        return parts.Length == 2 && parts.All(IsPart) ? new HubRepository(kind, name)
            : throw new BadInputException(
                $"Pulling '{name}': that is no repository of the Hub. Give OWNER/NAME, such as timm/imagenet-1k-wds.");
    }
}
