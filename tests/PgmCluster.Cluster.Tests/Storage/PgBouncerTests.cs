using System.Globalization;
using Npgsql;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>A pooler between silos and the server.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PgBouncerTests(PostgresFixture postgres) : IDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-pgbouncer-").FullName;
    private ChildProcess? _process;

    public void Dispose()
    {
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Open_StatementPooling_IsRefusedAtOnceAndSaysWhatToSet()
    {
        var connectionString = await Start("statement");

        var e = await Assert.ThrowsAsync<StateDatabaseException>(() => Open(connectionString, TimeSpan.FromMinutes(10)));

        Assert.Equal(StateDatabaseFailure.Other, e.Failure);
        Assert.Contains("not allowed in statement pooling mode", e.Message);
        Assert.Contains("pool_mode = transaction", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Open_TransactionPooling_InstallsAndKeepsState()
    {
        var database = await Open(await Start("transaction"), TimeSpan.Zero);

        var owner = StateOwner.Claim(database, "pgm", "pgm", _ => { });

        Assert.Equal(owner.StateId, StateOwner.Claim(database, "pgm", "pgm", _ => { }).StateId);
        database.Release();
    }

    private static async Task<IStateDatabase> Open(string connectionString, TimeSpan wait) =>
        await PostgresDatabase.OpenAsync(() => connectionString, wait, null, TimeProvider.System, CancellationToken.None);

    /// <returns>The connection string of an empty database behind it.</returns>
    private async Task<string> Start(string mode)
    {
        var (_, behind) = await postgres.CreateDatabaseAsync();
        if (!File.Exists(Program)) throw new SkippedException($"PgBouncer cannot run here: there is no {Program} (apt-get install pgbouncer)");
        var port = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        var users = Path.Combine(_directory, "users");
        var settings = Path.Combine(_directory, "pgbouncer.ini");
        await File.WriteAllTextAsync(users, "\"pgm\" \"\"\n");
        var server = new NpgsqlConnectionStringBuilder(behind);
        await File.WriteAllTextAsync(settings, $"""
            [databases]
            * = host={server.Host} port={server.Port.ToString(CultureInfo.InvariantCulture)}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = {mode}
            """);
        // It refuses to run as root, and has to read these.
        var user = Environment.IsPrivilegedProcess ? "postgres" : null;
        if (user is not null) await ChildProcess.RunAsync(["chown", "-R", user, _directory]);
        _process = ChildProcess.Start([Program, settings], user: user, directory: _directory);
        var through = new NpgsqlConnectionStringBuilder(behind) { Port = int.Parse(port, CultureInfo.InvariantCulture) }.ConnectionString;
        await Until.Holds("PgBouncer answers", async () =>
        {
            if (_process.HasExited) throw new HarnessException($"Starting PgBouncer: it ended with {_process.ExitCode}.\n{_process}");
            await using var connection = new NpgsqlConnection(through + ";Pooling=false;Timeout=5");
            await connection.OpenAsync();
            return true;
        }, answers => answers);
        return through;
    }
}
