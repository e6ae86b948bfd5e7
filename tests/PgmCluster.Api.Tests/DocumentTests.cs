using System.Text.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>The API is an interface: what it offers changes only together with the approved document.</summary>
public sealed class DocumentTests(WaitingSilo silo) : IClassFixture<WaitingSilo>
{
    private static readonly JsonSerializerOptions s_readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Approved => Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.Api.Tests", "approved-openapi.json");

    [Fact]
    public async Task Document_IsAsApproved()
    {
        var document = JsonSerializer.Serialize(await silo.DocumentAsync(), s_readable) + "\n";

        if (Environment.GetEnvironmentVariable("PGM_APPROVE_API") == "1") await File.WriteAllTextAsync(Approved, document);
        var approved = File.Exists(Approved) ? await File.ReadAllTextAsync(Approved) : "";
        if (approved != document) await File.WriteAllTextAsync(Path.Combine(AppContext.BaseDirectory, "received-openapi.json"), document);
        Assert.True(
            approved == document,
            $"The document differs from {Approved} at line {DifferingLine(approved, document)}. If it is to, approve it: "
            + "PGM_APPROVE_API=1 dotnet test -c Release tests/PgmCluster.Api.Tests --filter DocumentTests");
    }

    [Fact]
    public async Task Document_SaysWhatEveryOperationIs_OnceAndInOpenApi31()
    {
        var document = await silo.DocumentAsync();

        Assert.StartsWith("3.1.", document.Text("openapi"));
        var operations = Operation.Of(document);
        Assert.All(operations, o => Assert.NotEmpty(o.Definition.Text("summary")));
        Assert.Equal(operations.Count, operations.Select(o => o.Definition.Text("operationId")).Distinct().Count());
        Assert.DoesNotContain("\"unknown\"", document.ToString());
        var run = document.GetProperty("components").GetProperty("schemas").GetProperty("TrainingRequest").GetProperty("properties");
        Assert.Contains("preset", run.GetProperty("preset").Text("description"), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whoever tries the API by its page asks nobody but the silo for anything.</summary>
    [Fact]
    public async Task Page_IsTheSilosOwn()
    {
        using var page = await silo.Nobody.GetAsync("/api/docs/");
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.True(html.Contains("openapi.json", StringComparison.Ordinal), html);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("http", policy);
        foreach (var part in System.Text.RegularExpressions.Regex.Matches(html, "(?:src|href)=\"([^\"]+)\"").Select(m => m.Groups[1].Value))
        {
            Assert.False(part.Contains("//", StringComparison.Ordinal), part);
            using var answer = await silo.Nobody.GetAsync(new Uri(page.RequestMessage!.RequestUri!, part));
            Assert.True(answer.IsSuccessStatusCode, part);
        }
    }

    private static int DifferingLine(string one, string other) =>
        one.Split('\n').Zip(other.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
}
