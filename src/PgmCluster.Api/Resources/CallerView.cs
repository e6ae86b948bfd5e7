using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;

namespace PgmCluster.Api.Resources;

/// <summary>Who calls.</summary>
/// <param name="Name">The owner of what they submit.</param>
/// <param name="Role">What they may do.</param>
internal sealed record CallerView(string Name, ApiRole Role)
{
    public static CallerView Of(Caller caller) => new(caller.Name, caller.Role);
}
