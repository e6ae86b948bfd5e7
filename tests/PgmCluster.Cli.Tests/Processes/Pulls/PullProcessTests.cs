using System.Text;
using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Cli.Tests.Processes.Pulls;

/// <summary>Pulls by the real program from a server on loopback that speaks the Hub's protocol.</summary>
[Trait("Category", "Process")]
public sealed class PullProcessTests : IDisposable
{
    private static readonly byte[] Weights = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];
    private readonly TemporaryDirectory _directory = new();

    private string Home => _directory["home"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ModelPull_KilledInTheMiddle_GoesOnAtTheNextByteAndTheTokenIsNowhere()
    {
        await using var server = await HubServer.StartWithAsync("o/m", ("README.md", [1, 2]), ("w.pt", Weights));
        server.IsGated = true;
        server.MishapsOf("w.pt").Enqueue(HubServer.Hold(60_000));
        var place = Path.Combine(Home, "downloads", "models", "o", "m", HubServer.Commit);
        var part = new FileInfo(Path.Combine(place, ".w.pt.part"));
        var outputs = new StringBuilder();
        using (var killed = Start(server, "model", "pull", "o/m", "w.pt"))
        {
            await killed.WaitForAsync("60,000 bytes", _ =>
            {
                part.Refresh();
                return part is { Exists: true, Length: 60_000 };
            });
            killed.Kill();
            outputs.Append(killed);
        }
        Assert.False(File.Exists(Path.Combine(place, "w.pt")));

        using var second = await RunAsync(server, "model", "pull", "o/m", "w.pt", "--json");
        using var third = await RunAsync(server, "model", "pull", "o/m", "w.pt", "--json");

        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Equal(["", "bytes=60000-"], server.RangesOf("w.pt"));
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(place, "w.pt")));
        Assert.Equal(["w.pt"], Directory.GetFiles(place).Select(f => Path.GetFileName(f)));
        Assert.Equal((240_000, 0), (Transferred(second), Transferred(third)));
        // Found by its name on the Hub; that it holds no checkpoint is another matter.
        using var inspect = await RunAsync(server, "checkpoint", "inspect", "o/m/w.pt");
        Assert.Contains(Path.Combine(place, "w.pt"), inspect.Error, StringComparison.Ordinal);

        Assert.All(server.Requests, r => Assert.True(r.Host == "hub" || !r.HasToken));
        outputs.Append(second).Append(third).Append(inspect);
        AssertNoToken(outputs.ToString());
    }

    [Fact]
    public async Task DatasetPull_ServerMisbehaves_BringsTheSplitWhole()
    {
        (string Path, byte[] Content)[] shards =
            [.. Enumerable.Range(0, 6).Select(i => ($"d-train-{i:000}.tar", Weights[(i * 1000)..]))];
        await using var server = await HubServer.StartWithAsync(
            "datasets/o/d", [.. shards, ("d-validation-000.tar", [1]), ("README.md", [2]), (".gitattributes", [3])]);
        server.MishapsOf("d-train-000.tar").Enqueue(HubServer.Cut(70_000));
        server.MishapsOf("d-train-001.tar").Enqueue(HubServer.Status(429, "0"));
        server.MishapsOf("d-train-002.tar").Enqueue(HubServer.Status(503));
        server.MishapsOf("d-train-003.tar").Enqueue(HubServer.Status(500));
        server.MishapsOf("d-train-004.tar").Enqueue(async (context, content) =>
        {
            context.Response.Headers.ETag = "\"v0\"";
            await HubServer.Cut(50_000)(context, [.. content.Select(b => (byte)(b + 1))]);
        });

        using var pull = await RunAsync(server, "dataset", "pull", "o/d", "--split", "train", "--parallel", "3", "--json");

        Assert.True(pull.ExitCode == 0, pull.ToString());
        var place = Path.Combine(Home, "downloads", "datasets", "o", "d", HubServer.Commit);
        Assert.Equal(
            ["README.md", .. shards.Select(s => s.Path)],
            Directory.GetFiles(place).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(shards, s => Assert.Equal(s.Content, File.ReadAllBytes(Path.Combine(place, s.Path))));
        Assert.Equal(["", "bytes=70000-"], server.RangesOf("d-train-000.tar"));
    }

    [Fact]
    public async Task Pull_EverythingForImageNet_FetchesTheDatasetAndOneTokenizer()
    {
        await using var server = await HubServer.StartWithAsync(
            "datasets/timm/imagenet-1k-wds", ("imagenet1k-train-0000.tar", [1]), ("imagenet1k-validation-00.tar", [2]));
        server.Add("FoundationVision/LlamaGen", ("vq_ds8_c2i.pt", [3]), ("vq_ds16_c2i.pt", [4]));

        // Nobody answers where Inception's weights are: the proxy is a port that is closed.
        using var pull = Start(server, ["pull", "imagenet-256-vq8"], ("HTTPS_PROXY", "http://127.0.0.1:1"));
        string[] fetched =
        [
            "datasets/timm/imagenet-1k-wds/@/imagenet1k-train-0000.tar", "datasets/timm/imagenet-1k-wds/@/imagenet1k-validation-00.tar",
            "models/FoundationVision/LlamaGen/@/vq_ds8_c2i.pt",
        ];
        bool IsThere(string name) =>
            File.Exists(Path.Combine(Home, "downloads", name.Replace("@", HubServer.Commit, StringComparison.Ordinal)));
        await pull.WaitForAsync(
            "all files, then Inception's turn", p => fetched.All(IsThere) && p.Out.Contains("pull-LlamaGen", StringComparison.Ordinal));

        Assert.False(IsThere("models/FoundationVision/LlamaGen/@/vq_ds16_c2i.pt"));
    }

    [Fact]
    public async Task ModelPull_WhatCannotBeHad_SaysWhyAndWhatToDoInOneLine()
    {
        await using var server = await HubServer.StartWithAsync("o/m", ("w.pt", Weights));

        using var missing = await RunAsync(server, "model", "pull", "o/none");
        AssertRefused(missing, 2, $"it is not there. Check the name at {server.Address}o/none");
        using var noFile = await RunAsync(server, "model", "pull", "o/m", "v.pt");
        AssertRefused(noFile, 2, "there is no file 'v.pt'. It holds w.pt.");
        server.IsGated = true;
        using var gated = await RunAsync(server, withToken: false, "model", "pull", "o/m", "w.pt");
        AssertRefused(gated, 2, $"its owner asks for consent. Open {server.Address}o/m");
        server.Answers.Enqueue(response => response.StatusCode = 403);
        using var forbidden = await RunAsync(server, "model", "pull", "o/m", "w.pt");
        AssertRefused(forbidden, 2, "this account may not read it");
        Assert.False(Directory.Exists(Home));
        server.Answers.Enqueue(response => response.ContentType = "text/html");
        using var page = await RunAsync(server, "model", "pull", "o/m", "w.pt");
        AssertRefused(page, 1, "the answer is no JSON");
        await server.DisposeAsync();
        using var unreachable = await RunAsync(server, "model", "pull", "o/m", "w.pt");
        AssertRefused(unreachable, 1, "Check the network, and try again");
    }

    private static void AssertRefused(PgmProcess run, int code, string found)
    {
        Assert.True(run.ExitCode == code, run.ToString());
        Assert.Contains(found, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private void AssertNoToken(string outputs)
    {
        Assert.DoesNotContain(HubServer.Token, outputs, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories))
            Assert.False(Encoding.Latin1.GetString(File.ReadAllBytes(file)).Contains(HubServer.Token, StringComparison.Ordinal), file);
    }

    private static long Transferred(PgmProcess run) =>
        JsonSerializer.Deserialize<JsonElement>(run.Out).GetProperty("result").GetProperty("transferred").GetInt64();

    private Task<PgmProcess> RunAsync(HubServer server, params string[] args) => RunAsync(server, withToken: true, args);

    private async Task<PgmProcess> RunAsync(HubServer server, bool withToken, params string[] args)
    {
        var process = Start(server, withToken, args);
        await process.WaitForExitAsync();
        return process;
    }

    private PgmProcess Start(HubServer server, params string[] args) => Start(server, withToken: true, args);

    private PgmProcess Start(HubServer server, string[] args, (string Name, string Value) more) => Start(server, true, args, more);

    private PgmProcess Start(
        HubServer server, bool withToken, string[] args, (string Name, string? Value) more = default) => PgmProcess.StartWith(
        new Dictionary<string, string?>
        {
            [more.Name ?? "PGM_DEBUG"] = more.Value,
            ["HF_ENDPOINT"] = _endpoint ??= server.Address.ToString(),
            ["HF_TOKEN"] = withToken ? HubServer.Token : null,
            ["HF_TOKEN_PATH"] = null,
            ["HF_HOME"] = _directory["hf"],
            ["PGM_HUBRETRYPAUSE"] = "00:00:00.001",
        },
        [.. args, "--home", Home]);

    // A server that has ended does not know its address any more.
    private string? _endpoint;
}
