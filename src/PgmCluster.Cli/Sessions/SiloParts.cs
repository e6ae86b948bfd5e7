using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Cli.Homes;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Hosting;

namespace PgmCluster.Cli.Sessions;

/// <summary>What the silo in this process consists of beside Orleans and its storage: the only place that knows.</summary>
internal static class SiloParts
{
    private static readonly SpecificationResolver Resolver = new();

    public static IReadOnlyList<(string Name, string Kind)> Presets => [.. Resolver.Presets.Select(name => (name, Resolver.KindOf(name)))];

    public static void Add(ISiloBuilder builder, PgmHome home, EmbeddedSiloSettings settings)
    {
        builder.Services.AddSingleton<ISpecificationResolver>(Resolver);
        builder.Services.AddSingleton<IWorkItemFactory, WorkItemFactory>();
        builder.AddPgmGrains(new GrainsOptions { Devices = settings.Devices, ArtifactsDirectory = home.Artifacts });
    }
}
