using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Metering;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Wire;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Devices;
using PgmCluster.Grains.Evaluation;
using PgmCluster.Grains.Jobs.Units.Kept;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Pulls;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Retention;
using PgmCluster.Grains.Scheduling.Roster;
using PgmCluster.Grains.Storage;
using PgmCluster.Grains.Training;
using PgmCluster.Tls;

namespace PgmCluster.Grains.Hosting;

/// <summary>Adds the grains and what they need to a silo.</summary>
public static class GrainsHostingExtensions
{
    /// <summary>
    /// Orleans says by the date when an idle grain may go, and activates none at all while the clock is further back than this is ahead.
    /// </summary>
    private static readonly TimeSpan ClockMayBeSetBackBy = TimeSpan.FromDays(1);

    /// <summary>
    /// The caller adds grain storage under the name "Default", an <c>IWorkItemFactory</c>, an <c>ISpecificationResolver</c>, a
    /// <c>ClusterSecret</c>, and where connections are to be encrypted a <c>TlsPolicy</c>.
    /// Must be called inside <c>UseOrleans</c>, so that the services here start after the silo and stop before it.
    /// </summary>
    public static ISiloBuilder AddPgmGrains(this ISiloBuilder builder, GrainsOptions options)
    {
        builder.AddPlacementDirector<PinnedToSiloPlacement, PinnedToSiloDirector>();
        builder.AddPlacementDirector<PreferControlSiloPlacement, PreferControlSiloDirector>();
        builder.AddIncomingGrainCallFilter<GrainErrorFilter>();
        builder.AddIncomingGrainCallFilter<ReturnToControl>();
        builder.Configure<GrainCollectionOptions>(collection => collection.CollectionAge = ClockMayBeSetBackBy);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<IAttributeToFactoryMapper<StateOnDemandAttribute>, StateOnDemand>();
        services.TryAddSingleton<MembershipReadings>();
        services.AddSingleton<KnownDevices>();
        services.TryAddSingleton<IPresentSilos, PresentSilos>();
        services.TryAddSingleton<IArtifactStore>(_ => new MeteredArtifactStore(ArtifactStores.Open(
            options.Artifacts, options.ArtifactCacheDirectory ?? "", options.ArtifactCacheBytes)));
        services.AddSingleton<StoredBytes>();
        services.AddSingleton(_ => new UploadRoom(options.UploadBytes));
        services.TryAddSingleton<IDatasetReader, DatasetReader>();
        services.TryAddSingleton<IWeightsImporter, WeightsImporter>();
        services.TryAddSingleton(_ => new HubAccess(
            new HubPlaces(options.Downloads), Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), options.HubRetryPause));
        services.AddSingleton(_ => options.Imports);
        services.TryAddSingleton<IHubListing, HubListing>();
        services.TryAddSingleton<IStartingWeights, StartingWeights>();
        services.AddSingleton(provider => new DataPlane(
            IPAddress.Parse(options.DataAddress), options.DataPort, options.Gangs, tls: provider.GetService<TlsPolicy>()));
        services.AddSingleton(_ => new ResultRoom(characters: 32 << 20));
        services.AddSingleton<DeviceHost>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<DeviceHost>());
        services.AddHostedService<DeviceAnnouncer>();
        services.AddHostedService<SupervisorService>();
        services.AddHostedService<RetentionService>();
        return builder;
    }
}
