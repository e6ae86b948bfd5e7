using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary><c>pgm support</c>: what helps is in it, and no secret, whatever works and whatever does not.</summary>
[Trait("Category", "Process")]
public sealed class SupportProcessTests : IDisposable
{
    private static readonly string[] Always = ["about.json", "settings.json", "environment.json", "doctor.txt", "cluster.json"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Support_DatabaseAway_HasEverythingElse_AndNoSecret()
    {
        Dictionary<string, string?> secrets = new()
        {
            ["PGM_DATABASE"] = "Host=127.0.0.1;Port=1;Database=pgm;Username=ann;Password=\"per;haps%so'\"",
            ["AWS_SECRET_ACCESS_KEY"] = "wJalr/XUtn+FEMI",
            ["HF_TOKEN"] = "hf_abcdefgh",
        };
        string[] words = ["per;haps%so'", "wJalr/XUtn+FEMI", "hf_abcdefgh", "kept-in-a-log", "in-an-address", "eyJhbGci"];
        Directory.CreateDirectory(_directory["home/logs"]);
        await File.WriteAllTextAsync(_directory["home/logs/silo-local.log"], string.Join('\n',
        [
            "Opening Host=db;Password=kept-in-a-log;Database=pgm", "{\"secret\": \"kept-in-a-log\", \"step\": 7}", "as per;haps%so'",
            "GET https://ann:in-an-address@example.org/x", "Authorization: Bearer eyJhbGci.x-y", "step 12 of 900, loss 0.25",
        ]));
        var file = _directory["support.tar.gz"];

        using var run = PgmProcess.StartWith(
            new Dictionary<string, string?>(secrets) { ["PGM_DATABASEWAIT"] = "0:00:01", ["PGM_DEVICES"] = "cpu:0", ["PGM_SILONAME"] = "seven" },
            "support", "--home", _directory["home"], "--out", file);
        await run.WaitForExitAsync(DoctorRun.Limit);

        Assert.True(run.ExitCode == 0, run.ToString());
        var found = Read(file);
        Assert.Equal([.. Always, "logs/silo-local.log"], found.Keys);
        Assert.All(words, word => Assert.All(found, entry => Assert.DoesNotContain(word, entry.Value, StringComparison.Ordinal)));
        Assert.DoesNotContain(words, run.ToString().Contains);
        Assert.Equal("seven", Json(found["settings.json"]).GetProperty("SiloName").GetString());
        Assert.Contains("Username=ann", Json(found["settings.json"]).GetProperty("Database").GetString());
        Assert.Equal("(set)", Json(found["environment.json"]).GetProperty("HF_TOKEN").GetString());
        Assert.Equal("seven", Json(found["environment.json"]).GetProperty("PGM_SILONAME").GetString());
        Assert.Contains("failed   database: ", found["doctor.txt"]);
        Assert.Contains("cpu:0 product", found["doctor.txt"]);
        Assert.False(Json(found["cluster.json"]).GetProperty("answers").GetBoolean());
        var log = found["logs/silo-local.log"];
        Assert.Contains("step 12 of 900, loss 0.25", log);
        Assert.Contains("Host=db;Password=(hidden);Database=pgm", log);
        Assert.Contains("https://(hidden)@example.org/x", log);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(file).UnixFileMode);
        Assert.All(found.Keys, name => Assert.Contains(name, run.Out));
        Assert.Contains($"All of it is in {file}", run.Out);
        Assert.Equal(["home", "support.tar.gz"], Directory.GetFileSystemEntries(_directory.Root).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Support_BesideASilo_HasWhatTheClusterSays()
    {
        using var up = PgmProcess.Start("up", "--home", _directory["home"], "--devices", "cpu:0", "--no-dashboard");
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));
        var file = _directory["support.tar.gz"];

        using var run = PgmProcess.Start("support", "--json", "--home", _directory["home"], "--out", file);
        await run.WaitForExitAsync(DoctorRun.Limit);

        Assert.True(run.ExitCode == 0, run.ToString());
        var found = Read(file);
        var cluster = Json(found["cluster.json"]);
        Assert.True(cluster.GetProperty("answers").GetBoolean());
        Assert.Equal("cpu:0", cluster.GetProperty("workers")[0].GetProperty("device").GetString());
        Assert.Contains(found.Keys, name => name.StartsWith("logs/", StringComparison.Ordinal));
        var said = Json(run.Out);
        Assert.Equal(file, said.GetProperty("file").GetString());
        Assert.Equal(found.Keys, said.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("name").GetString()!));
        up.Interrupt();
        await up.WaitForExitAsync();
    }

    [Fact]
    public async Task Support_PlaceThatIsNotThere_IsRefusedInOneLine()
    {
        using var run = await PgmProcess.RunAsync("support", "--home", _directory["home"], "--out", _directory["nowhere/support.tar.gz"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("there is no directory", Assert.Single(run.ErrorLines));
    }

    /// <summary>Names and texts, in their order.</summary>
    private static OrderedDictionary<string, string> Read(string file)
    {
        var found = new OrderedDictionary<string, string>();
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        while (tar.GetNextEntry() is { } entry)
        {
            Assert.StartsWith("pgm-support/", entry.Name);
            using var reader = new StreamReader(entry.DataStream ?? Stream.Null);
            found.Add(entry.Name["pgm-support/".Length..], reader.ReadToEnd());
        }
        return found;
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
