using System.Text.Json;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Training;
using PgmCluster.Faults;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>
/// A home that is lost is restored from a backup made while it worked, and goes on; its state moves from one database to another.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class HomeTests(PostgresFixture postgres) : IDisposable
{
    private static readonly TrainingRequest s_request = new()
    {
        Preset = "classifier-smoke",
        Dataset = "fashion",
        Seed = 7,
        Set = new Dictionary<string, string> { ["training.steps"] = "120", ["training.checkpointSeconds"] = "0.001" },
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-home-").FullName;

    private string Backup => Path.Combine(_directory, "backup");

    public void Dispose() => TemporaryFiles.Delete(_directory);

    [Fact]
    public async Task HomeIsLostInTheMidstOfATraining_RestoredIntoPostgresAndMovedBack_EndsWithTheSameBits()
    {
        if (PostgresServer.Missing is { } missing) throw new SkippedException($"PostgreSQL cannot run here: {missing}");
        var expected = await LoseHomeAsync();

        var (_, database) = await postgres.CreateDatabaseAsync();
        await using var restored = new LocalCluster(database);
        var settings = Settings(restored, database);
        var report = await PgmAsync(settings, "home", "restore", Backup, "--home", Path.Combine(_directory, "restored"));
        Assert.Equal(0, report.GetProperty("missing").GetArrayLength());
        Assert.Contains(
            "has state in", await RefusalAsync(settings, "home", "restore", Backup, "--home", Path.Combine(_directory, "restored")));

        var checkpoints = Path.Combine(restored.Artifacts, "runs", "cut", "checkpoints");
        Assert.NotEmpty(Directory.EnumerateFiles(checkpoints, "*", SearchOption.AllDirectories));
        await restored.StartAsync(SiloPlan.Device("a"));
        await using (var connection = await restored.ConnectAsync())
        {
            var run = connection.Client.GetGrain<ITrainingRunGrain>("cut");
            await run.ToCompletionAsync();
            Assert.Equal(expected, HashesOf((await run.GetDetails()).Result!));
        }
        var gateway = $"{restored["a"].Gateway.Host}:{restored["a"].Gateway.Port}";
        var check = await PgmAsync(settings, "store", "check", "--gateway", gateway);
        Assert.Equal(0, check.GetProperty("faults").GetArrayLength());
        await restored["a"].KillAsync();

        await MoveBackAsync(database, restored.Artifacts, expected);
    }

    /// <returns>What an undisturbed training makes.</returns>
    private async Task<(string, string)> LoseHomeAsync()
    {
        using var gates = Gates.Create();
        await using var lost = new LocalCluster(null);
        await lost.StartAsync(SiloPlan.Device("a") with { Environment = gates.Variables });
        await using var connection = await lost.ConnectAsync();
        await connection.Client.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 1000,
        });
        var calm = connection.Client.GetGrain<ITrainingRunGrain>("calm");
        await calm.Start(s_request);
        await calm.ToCompletionAsync();
        var expected = HashesOf((await calm.GetDetails()).Result!);
        var gate = gates.Close("stepped", "cut", 60);
        await connection.Client.GetGrain<ITrainingRunGrain>("cut").Start(s_request);
        await Until.Holds("the training stands in its midst", () => gate.IsReached);

        var home = Path.Combine(lost.Directory, "home");
        var report = await PgmAsync(Settings(lost, null), "home", "backup", Backup, "--with-artifacts", "--home", home);
        Assert.True(report.GetProperty("artifacts").GetInt32() > 0);
        Assert.Equal(0, report.GetProperty("missing").GetArrayLength());
        Assert.Contains("there is something already", await RefusalAsync(Settings(lost, null), "home", "backup", Backup, "--home", home));
        Assert.Contains("uses", await RefusalAsync(
            Settings(lost, null), "home", "move", "--to-database-file", WriteSecret("Host=127.0.0.1;Database=none"), "--home", home));
        await lost.KillAllAsync();
        return expected;
    }

    private async Task MoveBackAsync(string database, string artifacts, (string, string) expected)
    {
        await using var moved = new LocalCluster(null);
        var home = Path.Combine(moved.Directory, "home");
        Dictionary<string, string?> settings = new() { ["PGM_ARTIFACTS"] = artifacts };
        var secret = WriteSecret(database);
        // A silo that was killed is taken for alive for a minute.
        await postgres.Server.ExecuteAsync(
            new Npgsql.NpgsqlConnectionStringBuilder(database).Database!,
            "UPDATE PgmMember SET IAmAliveTime = IAmAliveTime - interval '1 hour'");
        await PgmAsync(settings, "home", "move", "--from-database-file", secret, "--home", home);
        var options = new SiloOptions { Home = home, Artifacts = artifacts, Devices = "none" };
        await using (var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options)))
        {
            Assert.Equal(expected, HashesOf((await silo.Grains.GetGrain<ITrainingRunGrain>("cut").GetDetails()).Result!));
        }
        var (name, second) = await postgres.CreateDatabaseAsync();
        await PgmAsync(settings, "home", "move", "--to-database-file", WriteSecret(second), "--home", home);
        Assert.Equal(
            "2", $"{await postgres.Server.ExecuteAsync(name, "SELECT count(*) FROM PgmCatalog WHERE Catalog = 'jobs' AND AtRest = 1")}");
        Assert.Contains("there is no state in", await RefusalAsync(settings, "home", "move", "--to-database-file", secret, "--home", home));
    }

    private string WriteSecret(string connectionString)
    {
        var file = Path.Combine(_directory, $"secret-{Guid.NewGuid():N}");
        File.WriteAllText(file, connectionString);
        return file;
    }

    private static Dictionary<string, string?> Settings(LocalCluster cluster, string? database) =>
        new() { ["PGM_ARTIFACTS"] = cluster.Artifacts, ["PGM_DATABASE"] = database };

    private static (string, string) HashesOf(TrainingResult result) => (result.WeightsSha256, result.OptimizerSha256!);

    private static async Task<JsonElement> PgmAsync(IEnumerable<KeyValuePair<string, string?>> settings, params string[] command)
    {
        using var process = Start(settings, command);
        var code = await process.WaitForExitAsync();
        Assert.True(code == 0, $"'pgm {string.Join(' ', command)}' ended with {code}:\n{process.Error}");
        return JsonSerializer.Deserialize<JsonElement>(process.Out);
    }

    private static async Task<string> RefusalAsync(IEnumerable<KeyValuePair<string, string?>> settings, params string[] command)
    {
        using var process = Start(settings, command);
        Assert.Equal(2, await process.WaitForExitAsync());
        return Assert.Single(process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static ChildProcess Start(IEnumerable<KeyValuePair<string, string?>> settings, string[] command) => ChildProcess.Start(
        [Dotnet.Program, "exec", LocalCluster.Program, .. command, "--json"], settings);
}
