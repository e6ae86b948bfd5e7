using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Orleans.Storage;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>A password that is changed while silos run: the server's, then the mounted secret's.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresRotationTests(PostgresFixture postgres) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-rotation-").FullName;
    private readonly List<string> _notices = [];
    private readonly FakeTimeProvider _time = new();
    private PostgresServer _server = null!;

    private string Secret => Path.Combine(_directory, "secret");

    public async Task InitializeAsync()
    {
        _ = postgres.Server;
        _server = await PostgresServer.CreateAsync(password: "f1rst-word");
        await File.WriteAllTextAsync(Secret, _server.ConnectionString("postgres"));
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Connect_AfterTheSecretChanged_UsesIt_AndWhatIsOpenGoesOn()
    {
        var database = await Open();
        using var open = database.Connect();

        ChangePassword(database);
        using (var old = new NpgsqlConnection(_server.ConnectionString("postgres") + ";Pooling=false"))
            Assert.Equal("28P01", Assert.Throws<PostgresException>(old.Open).SqlState);
        _time.Advance(TimeSpan.FromSeconds(1));

        using (var next = database.Connect()) next.Execute("SELECT 1");
        open.Execute("SELECT 1");
        Assert.Contains("was changed", Assert.Single(_notices));
        Assert.DoesNotContain("s3cond-word", database.Source.ConnectionString + database.Name + string.Join('\n', _notices));
        database.Release();
    }

    [Theory]
    [InlineData("Host=;Password=s3cond-word")]
    [InlineData("s3cond-word")]
    [InlineData(null)]
    public async Task Connect_AfterTheSecretBroke_KeepsTheFormer_AndSaysSoOnce(string? content)
    {
        var database = await Open();
        if (content is null) File.Delete(Secret);
        else await File.WriteAllTextAsync(Secret, content);

        for (var look = 0; look < 3; look++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            using var connection = database.Connect();
            connection.Execute("SELECT 1");
        }

        var line = Assert.Single(_notices);
        Assert.StartsWith("Reading the connection string of the state database again: Pgm:DatabaseFile", line);
        Assert.EndsWith("The former one stays in use.", line);
        Assert.DoesNotContain("s3cond-word", line);
        database.Release();
    }

    [Fact]
    public async Task Silo_PasswordRotatedAndEveryConnectionLost_GoesOn()
    {
        await using var silo = await PgmSiloHost.StartAsync(new SiloOptions
        {
            Home = Path.Combine(_directory, "home"),
            DatabaseFile = Secret,
            Devices = "none",
            LogToConsole = false,
        });
        var storage = silo.Services.GetRequiredKeyedService<IGrainStorage>("Default");
        var grain = GrainId.Create("test", "rotated");
        var state = new GrainState<Dictionary<string, string>>(new() { ["a"] = "before" });
        await storage.WriteStateAsync("test", grain, state);

        var admin = await Open();
        ChangePassword(admin);
        using (var connection = admin.Connect())
            connection.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'pgm'");
        admin.Release();

        state.State = new() { ["a"] = "after" };
        await Until.Holds("the silo writes with the new password", async () =>
        {
            await storage.WriteStateAsync("test", grain, state);
            return true;
        }, written => written);
        var read = new GrainState<Dictionary<string, string>>();
        await storage.ReadStateAsync("test", grain, read);
        Assert.Equal("after", read.State!["a"]);
    }

    private void ChangePassword(IStateDatabase database)
    {
        using (var connection = database.Connect()) connection.Execute("ALTER ROLE pgm PASSWORD 's3cond-word'");
        var next = new NpgsqlConnectionStringBuilder(_server.ConnectionString("postgres")) { Password = "s3cond-word" };
        // As Kubernetes replaces a mounted secret: by a rename.
        File.WriteAllText(Secret + ".new", next.ConnectionString);
        File.Move(Secret + ".new", Secret, overwrite: true);
    }

    private Task<IStateDatabase> Open() => StateDatabases.OpenAsync(
        new SiloOptions { Home = _directory, DatabaseFile = Secret }, _notices.Add, _time, CancellationToken.None);
}
