using System.Net.Http.Headers;
using System.Text.Json;

namespace PgmCluster.Api.Tests;

/// <summary>Whatever is sent, it is answered, or refused as the caller's mistake: never a fault of the silo's.</summary>
public sealed class FuzzTests(WaitingSilo silo) : IClassFixture<WaitingSilo>
{
    private const int BodiesOfEach = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(20_26)]
    public async Task Bodies_NearlyRightAndBroken_AreNoFaultOfTheSilo(int seed)
    {
        await Waiting.DatasetAsync(silo);
        var document = await silo.DocumentAsync();
        var random = new Random(seed);
        var maker = new BodyMaker(random, document.GetProperty("components").GetProperty("schemas"));
        var (refused, taken) = (0, 0);
        foreach (var operation in Operation.Of(document).Where(o => o.Body is not null))
        {
            for (var i = 0; i < BodiesOfEach; i++)
            {
                var body = maker.Next(operation.Body!.Value);
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue(random.Next(20) == 0 ? "text/plain" : "application/json");
                using var answer = await silo.Root.SendAsync(operation.Request($"fuzz-{seed}-{i}", content));
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True((int)answer.StatusCode < 500, $"{operation}, seed {seed}, body {i}: {Convert.ToBase64String(body)}: {text}");
                if (answer.IsSuccessStatusCode) taken++;
                else refused++;
                if (!answer.IsSuccessStatusCode) Answers.Problem(answer, text);
            }
        }
        Assert.True(refused > taken && taken > 0, $"{refused} refused, {taken} taken");
    }

    [Fact]
    public async Task Addresses_OfAnyForm_AreNoFaultOfTheSilo()
    {
        string[] names =
        [
            "%00", "a%00b", "%FF", "%ED%A0%80", "..%2f..%2fetc", "%2e%2e", "a%2Fb", new('a', 3000), "%F0%9F%98%80", "%0A",
            "x?limit=99999999999", "x?after=%00", "%25s", "'", "-", "%C2%80",
        ];
        string[] queries = ["limit=0", "limit=-1", "limit=1e3", "limit=1001", "after=x", "after=1/x", "after=1/%00", "phase=9",
            "phase=Queued", "phase=queued&phase=paused", "kind=%FF", "dryRun=maybe", "limit=1&limit=2", "after=99999999999999999999/x",
            "label=x", "label==1", "label=%00=%FF", "label=a=1&label=a=2", "label="];
        foreach (var operation in Operation.Of(await silo.DocumentAsync()))
        {
            foreach (var name in names.Where(_ => operation.Path.Contains('{'))) await RefusedAsync(operation.Request(name), operation);
            foreach (var query in queries.Where(_ => !operation.Path.Contains('{')))
            {
                var request = operation.Request("x");
                request.RequestUri = new Uri($"{request.RequestUri}?{query}", UriKind.Relative);
                await RefusedAsync(request, operation);
            }
        }
    }

    private async Task RefusedAsync(HttpRequestMessage request, Operation operation)
    {
        using var answer = await silo.Root.SendAsync(request);
        Assert.True((int)answer.StatusCode < 500, $"{operation} {request.RequestUri}: {await answer.Content.ReadAsStringAsync()}");
    }
}
