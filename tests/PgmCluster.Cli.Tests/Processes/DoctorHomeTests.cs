using System.Security.Cryptography;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary><c>pgm doctor</c> on a home that is in use.</summary>
[Trait("Category", "Process")]
public sealed class DoctorHomeTests : IAsyncLifetime
{
    private readonly HomeWithARun _home = new();

    public Task InitializeAsync() => _home.InitializeAsync();

    public Task DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Doctor_HomeWithARun_SaysWhatIsThere_ChangesNothing_AndFindsDamagedWeights_AsTheStoresCheckDoes()
    {
        var beside = await DoctorRun.OfAsync(
            _home.Home, new Dictionary<string, string?> { ["PGM_GATEWAYPORT"] = $"{_home.GatewayPort}" }, "--device", "none");
        Assert.True(beside.ExitCode == 0, beside.Text);
        Assert.Contains($"silo 'local' runs on it (process {_home.ProcessId}", beside["home"].Found, StringComparison.Ordinal);
        Assert.Contains($"taken by silo 'local' of this home (process {_home.ProcessId})", beside[$"port {_home.GatewayPort}"].Found,
            StringComparison.Ordinal);

        await CollectElsewhereAsync();

        await _home.StopSiloAsync();
        var before = Contents();
        var alone = await DoctorRun.OfAsync(_home.Home, null, "--device", "none");
        Assert.True(alone.ExitCode == 0, alone.Text);
        Assert.Equal(before, Contents());
        Assert.Contains("no silo runs on it", alone["home"].Found, StringComparison.Ordinal);
        Assert.Contains("cluster 'pgm' has its state in it", alone["database"].Found, StringComparison.Ordinal);
        Assert.StartsWith("1 finished runs, 1 of their files read whole", alone["weights"].Found, StringComparison.Ordinal);

        var weights = File.ReadAllBytes(_home.Weights);
        weights[^1] ^= 1;
        File.WriteAllBytes(_home.Weights, weights);
        var damaged = await DoctorRun.OfAsync(_home.Home, null, "--device", "none");
        Assert.Equal(1, damaged.ExitCode);
        Assert.Equal(["weights"], damaged.Failed);
        Assert.Equal($"{_home.Weights} is not what was recorded: its bytes have changed", damaged["weights"].Found);
        Assert.Contains("Put the file back", damaged["weights"].Advice, StringComparison.Ordinal);
        Assert.Equal(alone.Lines.Select(l => l.Subject), damaged.Lines.Select(l => l.Subject));

        using (var check = await PgmProcess.RunAsync("store", "check", "--home", _home.Home))
        {
            Assert.True(check.ExitCode == 2, check.ToString());
            Assert.Contains(
                "runs/r1/weights.safetensors: its bytes have changed; in use by training-run r1", check.Out, StringComparison.Ordinal);
        }
        weights[^1] ^= 1;
        File.WriteAllBytes(_home.Weights, weights);
        using (var check = await PgmProcess.RunAsync("store", "check", "--home", _home.Home))
            Assert.True(check.ExitCode == 0, check.ToString());
        await CollectAsync();
    }

    /// <summary>The records of one cluster say nothing about the store of another.</summary>
    private async Task CollectElsewhereAsync()
    {
        using var other = new TemporaryDirectory();
        var kept = Path.Combine(other["home"], "artifacts", "imports", "kept.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.WriteAllBytes(kept, [1, 2, 3]);
        File.SetLastWriteTimeUtc(kept, DateTime.UtcNow.AddDays(-30));

        using var gc = await PgmProcess.RunAsync(
            "store", "gc", "--gateway", $"127.0.0.1:{_home.GatewayPort}", "--home", other["home"]);

        Assert.True(gc.ExitCode == 2, gc.ToString());
        Assert.Contains("no cluster has marked it", gc.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(kept));
    }

    private async Task CollectAsync()
    {
        var artifacts = Path.Combine(_home.Home, "artifacts");
        List<string> used = [.. Files()];
        var lone = Path.Combine(artifacts, "imports", "lone.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(lone)!);
        File.WriteAllBytes(lone, [1, 2, 3]);
        foreach (var file in Files()) File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-30));

        using (var usage = await PgmProcess.RunAsync("store", "usage", "--json", "--home", _home.Home))
        {
            Assert.True(usage.ExitCode == 0, usage.ToString());
            var whose = System.Text.Json.JsonDocument.Parse(usage.Out).RootElement;
            var user = Assert.Single(whose.GetProperty("users").EnumerateArray());
            var runs = Path.Combine(artifacts, "runs");
            Assert.Equal(
                (Environment.UserName, Bytes(isOfARun: true), Bytes(isOfARun: false) + 3),
                (user.GetProperty("user").GetString(), user.GetProperty("bytes").GetInt64(), whose.GetProperty("nobodys").GetInt64()));

            long Bytes(bool isOfARun) => used.Where(file => file.StartsWith(runs, StringComparison.Ordinal) == isOfARun)
                .Sum(file => new FileInfo(file).Length);
        }
        using (var dry = await PgmProcess.RunAsync("store", "gc", "--dry-run", "--home", _home.Home))
            Assert.StartsWith("imports/lone.bin  3 bytes\nTo be deleted: 1 artifacts", dry.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(lone));
        using (var gc = await PgmProcess.RunAsync("store", "gc", "--home", _home.Home))
            Assert.StartsWith("Deleted: 1 artifacts", gc.Out, StringComparison.Ordinal);

        Assert.Equal(used, Files());

        IEnumerable<string> Files() => Directory.EnumerateFiles(artifacts, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(artifacts, f).StartsWith('.')).Order(StringComparer.Ordinal);
    }

    private List<string> Contents() =>
    [
        .. Directory.EnumerateFileSystemEntries(_home.Home, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {(File.Exists(path) ? HashOf(path) : "directory")}"),
    ];

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
