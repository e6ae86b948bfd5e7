using System.Text.Json;
using PgmCluster.Api.Keys;

namespace PgmCluster.Api.Tests;

/// <summary>An operation of the API's document.</summary>
/// <param name="Method">Of HTTP.</param>
/// <param name="Path">Behind "/api/v1/", with parameters in braces.</param>
/// <param name="Role">Who may call it.</param>
/// <param name="Definition">All that the document says of it.</param>
internal sealed record Operation(HttpMethod Method, string Path, ApiRole Role, JsonElement Definition)
{
    private const string Root = "/api/v1/";

    /// <summary>The schema of the body; null where it takes none.</summary>
    public JsonElement? Body => Definition.TryGetProperty("requestBody", out var body)
        ? body.GetProperty("content").GetProperty("application/json").GetProperty("schema")
        : null;

    /// <summary>All that the document of a silo lists.</summary>
    public static IReadOnlyList<Operation> Of(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from method in path.Value.EnumerateObject()
           select new Operation(
               HttpMethod.Parse(method.Name), path.Name[Root.Length..],
               Enum.Parse<ApiRole>(method.Value.Text("x-pgm-role"), ignoreCase: true), method.Value),
    ];

    /// <summary>A request of it.</summary>
    /// <param name="name">What stands for the parameters of the path.</param>
    /// <param name="body">What is sent where it takes something.</param>
    public HttpRequestMessage Request(string name, HttpContent? body = null) =>
        new(Method, string.Join('/', Path.TrimEnd('/').Split('/').Select(p => p.StartsWith('{') ? name : p)))
        {
            Content = Body is null ? null : body ?? new StringContent("{}", System.Text.Encoding.UTF8, "application/json"),
        };

    public override string ToString() => $"{Method} {Path}";
}
