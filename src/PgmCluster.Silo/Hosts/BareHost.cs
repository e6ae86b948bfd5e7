using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Hosts;

/// <summary>A host without the defaults of a program of its own.</summary>
internal static class BareHost
{
    /// <summary>
    /// No configuration files of the current directory (which is the user's), no console logging, and no signal handlers:
    /// the program that embeds the host decides about Ctrl+C.
    /// </summary>
    public static HostApplicationBuilder CreateBuilder()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        return builder;
    }

    /// <summary>Leaves the signals of the process to its program.</summary>
    internal sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
