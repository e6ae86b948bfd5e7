using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Tests;

/// <summary>One silo inside the test process.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private readonly TemporaryHome _home = new();

    public PgmSiloHost Silo { get; private set; } = null!;

    public string Home => _home.Path;

    public static SiloOptions Options(string home) => new() { Home = home, Devices = "none" };

    public async Task InitializeAsync() => Silo = await PgmSiloHost.StartAsync(Options(_home.Path));

    public async Task DisposeAsync()
    {
        await Silo.DisposeAsync();
        _home.Dispose();
    }
}
