using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Callers;

/// <summary>A silo with all its grains, and a client of it.</summary>
public sealed class CallersFixture : IAsyncLifetime
{
    private readonly TemporaryHome _home = new();

    internal PgmSiloHost Silo { get; private set; } = null!;

    internal SiloConnection Connection { get; private set; } = null!;

    internal IClusterClient Client => Connection.Client;

    internal string Home => _home.Path;

    public async Task InitializeAsync()
    {
        var options = SiloFixture.Options(_home.Path);
        Silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        Connection = await SiloConnection.ConnectAsync(Silo.Endpoint);
    }

    public async Task DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Silo.DisposeAsync();
        _home.Dispose();
    }

    /// <summary>What the silo has logged so far.</summary>
    internal string ReadLog() => new LogReader(Home).ReadAll();
}
