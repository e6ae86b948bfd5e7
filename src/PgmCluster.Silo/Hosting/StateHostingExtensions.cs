using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService;
using Orleans.Storage;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Recovery;
using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Catalog;
using PgmCluster.Silo.Storage.Json;
using PgmCluster.Silo.Storage.States;

namespace PgmCluster.Silo.Hosting;

/// <summary>Keeps a silo's membership and grain state in an <see cref="IStateDatabase"/>.</summary>
internal static class StateHostingExtensions
{
    /// <summary>
    /// Clustering by the time of <paramref name="clock"/>, the default grain storage (as JSON), the scheduler's queue and the
    /// catalogs on <paramref name="database"/>.
    /// </summary>
    public static ISiloBuilder UseStateDatabase(this ISiloBuilder builder, IStateDatabase database, DatabaseClock clock)
    {
        builder.UseAdoNetClustering(options =>
        {
            options.Invariant = database.Invariant;
            options.DataSource = database.Source;
        });
        builder.Services.AddSingleton<AdoNetClusteringTable>();
        builder.Services.AddSingleton(_ => new MembershipReadings(TimeProvider.System));
        builder.Services.Replace(ServiceDescriptor.Singleton<IMembershipTable>(services =>
            new SharedTimeMembershipTable(
                services.GetRequiredService<AdoNetClusteringTable>(), clock, services.GetRequiredService<MembershipReadings>())));
        builder.Services.AddOptions<AdoNetGrainStorageOptions>(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME).Configure(options =>
        {
            options.Invariant = database.Invariant;
            options.DataSource = database.Source;
            options.GrainStorageSerializer = new JsonGrainStateSerializer();
            options.HashPicker = new ExactKeyHasher();
        });
        builder.Services.AddSingleton(_ => new WriterQueue(database, TimeProvider.System));
        builder.Services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (services, name) => new StateGrainStorage(
            AdoNetGrainStorageFactory.Create(services, name), database,
            new GrainStateRows(StateId(services), database, services.GetRequiredService<WriterQueue>())));
        builder.Services.AddSingleton<IStoredRecords>(services => new StoredRecords(database, StateId(services)));
        builder.Services.AddSingleton<ISchedulerStore>(services => new SchedulerStore(
            database, StateId(services), services.GetRequiredService<WriterQueue>()));
        builder.Services.AddSingleton(services => new StateTable(database, services.GetRequiredService<WriterQueue>()));
        builder.Services.AddSingleton<ICatalogStore>(services => new CatalogStore(
            services.GetRequiredService<StateTable>(), StateId(services)));
        builder.Services.AddSingleton<IFormerSchema>(services => new FormerSchema(services.GetRequiredService<StateTable>()));
        builder.Services.AddSingleton<IDueJobStore>(services => new DueJobStore(
            services.GetRequiredService<StateTable>(), StateId(services)));
        return builder;
    }

    private static string StateId(IServiceProvider services) => services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId;
}
