using Microsoft.Extensions.DependencyInjection;

namespace PgmCluster.Grains.Callers;

/// <summary>Tells silos and clients apart in a silo.</summary>
public static class CallersHostingExtensions
{
    /// <summary>
    /// The silo proves its calls by the cluster's secret, and refuses calls without a proof that are not for clients. Comes before all
    /// other filters.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="secret">The same in all silos of the cluster.</param>
    /// <param name="acceptsOlder">Calls of silos of versions that prove nothing are accepted: anybody can make such.</param>
    public static ISiloBuilder AddCallerProofs(this ISiloBuilder builder, ClusterSecret secret, bool acceptsOlder)
    {
        builder.Services.AddSingleton(secret);
        builder.Services.AddSingleton<CallProof>();
        builder.Services.AddSingleton<AuditLog>();
        builder.AddOutgoingGrainCallFilter<ProvingFilter>();
        builder.Services.AddSingleton<IIncomingGrainCallFilter>(services => new CallersFilter(
            services.GetRequiredService<CallProof>(), services.GetRequiredService<AuditLog>(), acceptsOlder,
            services.GetRequiredService<ILogger<CallersFilter>>()));
        return builder;
    }
}
