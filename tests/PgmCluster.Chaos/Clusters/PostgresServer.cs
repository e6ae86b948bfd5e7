using System.Globalization;
using Npgsql;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Clusters;

/// <summary>A PostgreSQL server of our own, on loopback or a network of this machine, thrown away with its data. Its data is not flushed to the disk.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Account = "postgres";
    private readonly string _directory, _binaries, _address;
    private readonly string? _user, _password;
    private ChildProcess? _process;

    private PostgresServer(string directory, string binaries, string? user, string? password, string address, int port)
    {
        _address = address;
        _directory = directory;
        _binaries = binaries;
        _user = user;
        _password = password;
        Port = port;
    }

    // Before what is found out from it.
    private static string? Binaries { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .Where(d => File.Exists(Path.Combine(d, "bin", "initdb")))
            .MaxBy(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0) is { } newest ? Path.Combine(newest, "bin") : null
        : null;

    /// <summary>Why no server can run here, or null.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Its port, the same over all its stops.</summary>
    public int Port { get; }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Makes a server with an empty database directory and, unless told otherwise, starts it.</summary>
    /// <param name="start">False for one that is started later.</param>
    /// <param name="password">What its user "pgm" has to give; null trusts everybody who reaches it.</param>
    /// <param name="address">Of this machine, where it listens. Whoever is in the same /24 reaches it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HarnessException">It cannot run here; see <see cref="Missing"/>.</exception>
    public static async Task<PostgresServer> CreateAsync(
        bool start = true, string? password = null, string address = "127.0.0.1", CancellationToken cancellation = default)
    {
        if (Missing is { } missing) throw new HarnessException($"Starting PostgreSQL: {missing}.");
        // The server refuses to run as root; its directory must be its user's own.
        var user = Environment.IsPrivilegedProcess ? Account : null;
        var directory = Directory.CreateTempSubdirectory("pgm-postgres-").FullName;
        var server = new PostgresServer(directory, Binaries!, user, password, address, FreePort.Take());
        try
        {
            if (user is not null) await ChildProcess.RunAsync(["chown", user, directory], cancellation: cancellation);
            var passwordFile = Path.Combine(directory, "password");
            if (password is not null) await File.WriteAllTextAsync(passwordFile, password, cancellation);
            string[] authentication = password is null ? ["--auth=trust"] : ["--auth=scram-sha-256", $"--pwfile={passwordFile}"];
            await ChildProcess.RunAsync(
                [Path.Combine(server._binaries, "initdb"), "-D", server.Data, "-U", "pgm", .. authentication, "--no-sync",
                    "--no-instructions", "--encoding=UTF8", "--locale=C"],
                user, directory, cancellation);
            await File.AppendAllTextAsync(
                Path.Combine(server.Data, "pg_hba.conf"),
                $"host all all {address}/24 {(password is null ? "trust" : "scram-sha-256")}\n", cancellation);
            if (start) await server.StartAsync(cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private string Data => Path.Combine(_directory, "data");

    /// <summary>The connection string of a database, with the right password.</summary>
    public string ConnectionString(string database) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Host={_address};Port={Port};Username=pgm;Database={database}{(_password is null ? "" : $";Password={_password}")}");

    /// <summary>Starts it, after a stop as well; when the task completes, it answers.</summary>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (IsRunning) return;
        _process?.Dispose();
        var port = Port.ToString(CultureInfo.InvariantCulture);
        _process = ChildProcess.Start(
            [
                Path.Combine(_binaries, "postgres"), "-D", Data, "-p", port, "-c", $"listen_addresses={_address}", "-c",
                $"unix_socket_directories={_directory}",
                "-c", "fsync=off", "-c", "max_connections=200",
            ],
            user: _user, directory: _directory);
        await Until.Holds($"PostgreSQL answers on port {port}", async () =>
        {
            if (_process.HasExited)
                throw new HarnessException($"Starting PostgreSQL on port {port}: it ended with {_process.ExitCode}.\n{_process}");
            await ExecuteAsync("postgres", "SELECT 1");
            return true;
        }, answers => answers, cancellation: cancellation);
    }

    /// <summary>Stops it as an administrator does: connections are ended, everything committed is kept.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        _process.Signal("INT");
        await _process.WaitForExitAsync();
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await ExecuteAsync("postgres", $"CREATE DATABASE \"{name}\"");
        return ConnectionString(name);
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>The first column of the first row, or null.</returns>
    public async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString(database)};Pooling=false;Timeout=60");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // Not kill -9: the server's own children would live on for a moment and write into the directory.
            _process.Signal("QUIT");
            try
            {
                await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
            }
            catch (HarnessException)
            {
                // Disposing kills it.
            }
            _process.Dispose();
        }
        TemporaryFiles.Delete(_directory);
    }

    private static string? FindMissing()
    {
        if (!OperatingSystem.IsLinux()) return "only tried on Linux";
        if (Binaries is null) return "there is no /usr/lib/postgresql/*/bin/initdb; install the package postgresql";
        if (Environment.IsPrivilegedProcess
            && !File.ReadLines("/etc/passwd").Any(line => line.StartsWith(Account + ":", StringComparison.Ordinal)))
            return $"root may not run it, and there is no user {Account}";
        return null;
    }
}
