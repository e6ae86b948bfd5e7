using System.IO.Compression;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>Bad input gets one line, exit code 2, and leaves nothing half-written.</summary>
[Trait("Category", "Process")]
public sealed class BadInputProcessTests : IDisposable
{
    private const string Images = "t10k-images-idx3-ubyte";
    private const string Labels = "t10k-labels-idx1-ubyte";
    private readonly TemporaryDirectory _directory = new();

    private static string SampleData => Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quickstart_TruncatedImages_IsRefused()
    {
        var data = CopyOfSampleData(images: bytes => bytes[..(bytes.Length / 2)]);

        await AssertRefusedAsync(["quickstart", "--preset", "smoke", "--data", data], Images);
    }

    [Fact]
    public async Task Quickstart_CorruptMagicNumber_IsRefused()
    {
        var data = CopyOfSampleData(images: bytes =>
        {
            bytes[2] = 0x7f;
            return bytes;
        });

        await AssertRefusedAsync(["quickstart", "--preset", "smoke", "--data", data], Images);
    }

    [Fact]
    public async Task Quickstart_CorruptGzip_IsRefused()
    {
        var data = CopyOfSampleData();
        var packed = File.ReadAllBytes(Path.Combine(SampleData, Images + ".gz"));
        Array.Clear(packed, packed.Length / 2, 1000);
        File.Delete(Path.Combine(data, Images));
        File.WriteAllBytes(Path.Combine(data, Images + ".gz"), packed);

        await AssertRefusedAsync(["quickstart", "--preset", "smoke", "--data", data], Images);
    }

    [Fact]
    public async Task Quickstart_FewerLabelsThanImages_IsRefused()
    {
        var data = CopyOfSampleData(labels: bytes =>
        {
            // 10,000 becomes 9,999 in the header, and the file is as long as it says.
            bytes[7]--;
            return bytes[..^1];
        });

        await AssertRefusedAsync(["quickstart", "--preset", "smoke", "--data", data], "9999");
    }

    [Fact]
    public async Task Quickstart_MissingData_IsRefused() =>
        await AssertRefusedAsync(["quickstart", "--preset", "smoke", "--data", _directory["none"]], _directory["none"]);

    [Fact]
    public async Task DatasetAdd_MissingDirectory_IsRefused()
    {
        using var run = await PgmProcess.RunAsync("dataset", "add", "x", _directory["none"], "--home", _directory["out"]);

        AssertRefused(run, _directory["none"]);
    }

    [Fact]
    public async Task Quickstart_OutBelowAFile_IsRefused()
    {
        File.WriteAllText(_directory["file"], "x");

        using var run = await PgmProcess.RunAsync("quickstart", "--preset", "smoke", "--out", _directory["file/out"]);

        AssertRefused(run, _directory["file/out"]);
        Assert.Equal("x", File.ReadAllText(_directory["file"]));
    }

    [Fact]
    public async Task Quickstart_StateOfANewerVersion_IsRefusedAndUntouched()
    {
        using (var made = await PgmProcess.RunAsync("dataset", "list", "--home", _directory["home"])) Assert.Equal(0, made.ExitCode);
        var database = _directory["home/state/pgm.db"];
        Execute(database, "UPDATE PgmSchema SET Version = 1000");
        var before = File.ReadAllBytes(database);

        using var run = await PgmProcess.RunAsync("quickstart", "--preset", "smoke", "--out", _directory["home"]);

        AssertRefused(run, "newer program");
        Assert.Equal(before, File.ReadAllBytes(database));
        Assert.False(File.Exists(_directory["home/summary.json"]));
    }

    [Theory]
    [InlineData("pgm-smok", "pgm-smoke")]
    [InlineData("clasifier-smoke", "classifier-smoke")]
    public async Task Train_UnknownPreset_NamesTheNearest(string given, string nearest) =>
        await AssertTrainRefusedAsync(["--preset", given], nearest);

    [Fact]
    public async Task Train_UnknownKey_NamesTheNearest() =>
        await AssertTrainRefusedAsync(["--preset", "classifier-smoke", "--set", "training.stepz=5"], "training.steps");

    [Fact]
    public async Task Quickstart_DiskOfTwoMegabytes_IsRefused()
    {
        using var run = await PgmProcess.RunOnDiskAsync(
            _directory["disk"], "2m",
            disk => $"{PgmProcess.ShellCommand} quickstart --preset smoke --out '{disk}/out'; code=$?; ls -A '{disk}'; exit $code");

        AssertRefused(run, "full");
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task DatasetList_DiskOf64Kilobytes_IsRefused()
    {
        using var run = await PgmProcess.RunOnDiskAsync(
            _directory["disk"], "64k",
            disk => $"{PgmProcess.ShellCommand} dataset list --home '{disk}/out'; code=$?; ls -A '{disk}'; exit $code");

        AssertRefused(run, "full");
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task Train_UnknownPresetWithJson_PrintsOneErrorObject()
    {
        using var run = await PgmProcess.RunAsync(
            "train", "r1", "--preset", "nothing-like-it", "--dataset", "d", "--home", _directory["out"], "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["error"], JsonSerializer.Deserialize<JsonElement>(run.Out).EnumerateObject().Select(p => p.Name));
    }

    private async Task AssertTrainRefusedAsync(string[] args, string expected)
    {
        using (var made = await PgmProcess.RunAsync(
            "dataset", "add", "d", SampleData, "--validation", "1000", "--home", _directory["home"]))
            Assert.True(made.ExitCode == 0, made.ToString());

        using var run = await PgmProcess.RunAsync(["train", "r1", "--dataset", "d", "--home", _directory["home"], .. args]);

        AssertRefused(run, $"'{expected}'");
        using var list = await PgmProcess.RunAsync("runs", "list", "--json", "--home", _directory["home"]);
        Assert.Empty(JsonSerializer.Deserialize<JsonElement>(list.Out).GetProperty("runs").EnumerateArray());
    }

    private async Task AssertRefusedAsync(string[] args, string named)
    {
        using var run = await PgmProcess.RunAsync([.. args, "--out", _directory["out"]]);
        AssertRefused(run, named);
    }

    private void AssertRefused(PgmProcess run, string named)
    {
        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}\n{run}");
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith("pgm: ", line);
        Assert.Contains(named, line);
        Assert.False(Directory.Exists(_directory["out"]), "the refused command left its directory");
    }

    private string CopyOfSampleData(Func<byte[], byte[]>? images = null, Func<byte[], byte[]>? labels = null)
    {
        var data = Directory.CreateDirectory(_directory["data"]).FullName;
        File.WriteAllBytes(Path.Combine(data, Images), (images ?? (b => b))(Unpack(Images)));
        File.WriteAllBytes(Path.Combine(data, Labels), (labels ?? (b => b))(Unpack(Labels)));
        return data;
    }

    private static byte[] Unpack(string name)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(SampleData, name + ".gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        packed.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void Execute(string database, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }
}
