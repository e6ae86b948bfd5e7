using Microsoft.Extensions.DependencyInjection;
using PgmCluster.Execution;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Options;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// What a silo consists of beside Orleans and its storage: grains, presets, work items, devices. The only place that knows.
/// </summary>
public static class PgmSiloParts
{
    private static readonly SpecificationResolver Resolver = new();

    /// <summary>The presets: for training with what each trains, then those of evaluations with the kind "evaluation".</summary>
    public static IReadOnlyList<(string Name, string Kind)> Presets =>
        [.. Resolver.Presets.Select(name => (name, Resolver.KindOf(name))),
            .. EvaluationPresets.Names.Select(name => (name, "evaluation"))];

    /// <param name="builder">The silo.</param>
    /// <param name="options">How it runs.</param>
    public static void AddPgmParts(this ISiloBuilder builder, SiloOptions options)
    {
        builder.Services.AddSingleton<ISpecificationResolver>(Resolver);
        builder.Services.AddSingleton<IWorkItemFactory, WorkItemFactory>();
        builder.AddPgmGrains(new GrainsOptions
        {
            Devices = options.Devices,
            CoresPerDevice = options.CoresPerDevice,
            Artifacts = options.ArtifactsPlace,
            ArtifactCacheDirectory = options.ArtifactCachePath,
            ArtifactCacheBytes = options.ArtifactCacheBytes,
            DownloadsDirectory = options.DownloadsPath,
            ImportRoots = options.ImportRootsOrAny,
            ImportAddresses = options.ImportAddressList,
            ControlTogether = options.ReadDatabase() is null,
            HubRetryPause = options.HubRetryPause,
            Timings = options,
            DowngradeFor = options.DowngradeFor,
            AcceptOlderSilos = options.AcceptOlderSilos,
            Retention = options.Retention,
            DrainTimeout = options.ShutdownTimeout,
            Quotas = options.UserQuotas,
            UploadBytes = options.UploadBytes,
            DrawingIdle = options.DrawingIdle,
            RegisterAtOnceBytes = options.RegisterAtOnceBytes,
            DataAddress = options.AdvertisedAddress,
            DataPort = options.DataPort,
            Gangs = new GangOptions
            {
                PeerTimeout = options.PeerTimeout,
                LeastPeerTimeout = options.LeastPeerTimeout,
                HungFloor = options.HungAfter,
            },
        });
    }
}
