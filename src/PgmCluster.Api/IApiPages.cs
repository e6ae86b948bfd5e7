using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace PgmCluster.Api;

/// <summary>Pages that are served beside the API, on its port and to those whom it lets in.</summary>
public interface IApiPages
{
    /// <summary>Adds what they need, after what the API has.</summary>
    void AddServices(IServiceCollection services, ApiServerOptions options);

    /// <summary>What every answer passes, before its route is known.</summary>
    void Use(WebApplication application);

    /// <summary>Adds their routes, behind those of the API.</summary>
    void Map(WebApplication application);
}
