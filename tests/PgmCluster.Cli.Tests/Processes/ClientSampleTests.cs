using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>The client package as its users have it: the sample, built from it alone, with a silo that runs.</summary>
[Trait("Category", "Process")]
public sealed class ClientSampleTests : IDisposable
{
    private static readonly Dictionary<string, string?> Plain = new() { ["PGM_TLS"] = null };
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task SubmitTraining_RunningSilo_PrintsTheResultOfTheRun_AndSaysWhatIsWrong()
    {
        using var up = PgmProcess.StartWith(Plain, "up", "--home", _directory["home"], "--json");
        var gateway = await ReadyAsync(up);
        await AddPicturesAsync();

        using var sample = await PgmProcess.RunSampleAsync(Plain, gateway, "r1", "classifier-smoke", "fashion", "training.steps=10");
        Assert.True(sample.ExitCode == 0, sample.ToString());
        Assert.Contains("Completed step 10/10", sample.Out);

        using var show = await PgmProcess.RunAsync("runs", "show", "r1", "--json", "--home", _directory["home"]);
        var hash = JsonSerializer.Deserialize<JsonElement>(show.Out).GetProperty("result").GetProperty("weightsSha256").GetString()!;
        Assert.Contains(hash, sample.Out);

        Assert.Contains("'classifier-smoke'", await FailedAsync(2, Plain, gateway, "r2", "clasifier-smoke", "fashion"));
        Assert.Contains(
            "a gateway answered; its cluster is 'pgm'. Give that id (PgmClientOptions.ClusterId), or name gateways of 'other'",
            await FailedAsync(1, Plain, gateway, "r2", "classifier-smoke", "fashion", "other"));
        Assert.Contains("give HOST:PORT", await FailedAsync(2, Plain, "nowhere", "r2", "classifier-smoke", "fashion"));
    }

    [Fact]
    public async Task SubmitTraining_SiloWithTls_IsLetInWithACertificateOfRoleService()
    {
        var keys = _directory["keys"];
        await DoneAsync("tls", "init", "--dir", keys);
        await DoneAsync("tls", "issue", "portal", "--role", "service", "--dir", keys);
        await DoneAsync("tls", "init", "--dir", _directory["others"]);
        using var up = PgmProcess.StartWith(Tls(Path.Combine(keys, "silo")), "up", "--home", _directory["home"], "--json");
        var gateway = await ReadyAsync(up);
        await AddPicturesAsync();
        string[] args = [gateway, "r1", "classifier-smoke", "fashion", "training.steps=10"];

        using var sample = await PgmProcess.RunSampleAsync(Tls(Path.Combine(keys, "portal")), args);
        Assert.True(sample.ExitCode == 0, sample.ToString());
        Assert.Contains("Completed step 10/10", sample.Out);

        Assert.Contains("a silo that wants a certificate asks for PgmClientOptions.Tls", await FailedAsync(1, Plain, args));
        Assert.Contains(
            "is of an authority that is not trusted here", await FailedAsync(1, Tls(Path.Combine(_directory["others"], "service")), args));
        Assert.Contains("there is no such file", await FailedAsync(2, Tls(Path.Combine(keys, "nobody")), args));
    }

    private static Dictionary<string, string?> Tls(string directory) => new() { ["PGM_TLS"] = directory };

    private static async Task<string> ReadyAsync(PgmProcess up)
    {
        await up.WaitForAsync("the silo", p => p.Out.Contains('}'));
        return JsonSerializer.Deserialize<JsonElement>(up.Out).GetProperty("gateway").GetString()!;
    }

    private Task AddPicturesAsync() => DoneAsync(
        "dataset", "add", "fashion", Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"), "--validation", "1000",
        "--home", _directory["home"]);

    private static async Task DoneAsync(params string[] args)
    {
        using var done = await PgmProcess.RunAsync(args);
        Assert.True(done.ExitCode == 0, done.ToString());
    }

    /// <summary>The one line that the sample says.</summary>
    private static async Task<string> FailedAsync(int exitCode, Dictionary<string, string?> variables, params string[] args)
    {
        using var sample = await PgmProcess.RunSampleAsync(variables, args);
        Assert.True(sample.ExitCode == exitCode, sample.ToString());
        return Assert.Single(sample.ErrorLines);
    }
}
