using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Orleans;
using PgmCluster.Api;
using PgmCluster.Api.Callers;
using PgmCluster.Dashboard.Access;
using PgmCluster.Dashboard.Assets;
using PgmCluster.Dashboard.Cluster;
using PgmCluster.Dashboard.Components;
using PgmCluster.Dashboard.Datasets;
using PgmCluster.Dashboard.Drawing;
using PgmCluster.Dashboard.Outcomes;
using PgmCluster.Dashboard.Reading;
using PgmCluster.Dashboard.Runs;
using PgmCluster.Dashboard.Submitting;

namespace PgmCluster.Dashboard;

/// <summary>The dashboard: pages on the port of the HTTP API, for those whom the API lets in.</summary>
/// <param name="files">What runs have written so far.</param>
/// <param name="presets">What can be trained.</param>
/// <param name="facts">What the cluster is made of.</param>
public sealed class DashboardPages(IRunFiles files, ITrainingPresets presets, IClusterFacts facts) : IApiPages
{
    /// <summary>What pages may load: nothing that is not the silo's own. Components set styles of elements.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

    /// <inheritdoc />
    public void AddServices(IServiceCollection services, ApiServerOptions options)
    {
        services.AddSingleton(options.Grains);
        services.AddSingleton(files);
        services.AddSingleton(presets);
        services.AddSingleton(facts);
        services.AddSingleton<PageCookies>();
        services.AddScoped<PageCaller>();
        services.AddScoped<ClusterReader>();
        services.AddScoped<JobActions>();
        services.AddScoped<Submitter>();
        services.AddScoped<DatasetReader>();
        services.AddScoped<ResultReader>();
        services.AddScoped<Drawer>();
        // Nothing of this outlives the process: a page that comes back to a silo that was started anew begins anew.
        services.AddDataProtection();
        services.Configure<KeyManagementOptions>(keys =>
            (keys.XmlRepository, keys.XmlEncryptor) = (new MemoryKeys(), new NullXmlEncryptor()));
        services.Configure<AuthenticationOptions>(authentication => authentication.DefaultScheme = SchemeByPath);
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, PageKeyHandler>(PageKeyHandler.Page, null)
            .AddPolicyScheme(SchemeByPath, null, policy => policy.ForwardDefaultSelector = context =>
                context.Request.Path.StartsWithSegments("/api") ? KeyHandler.Key : PageKeyHandler.Page);
        services.AddCascadingAuthenticationState();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.Configure<AntiforgeryOptions>(antiforgery => antiforgery.SuppressXFrameOptionsHeader = true);
        services.AddMudServices();
    }

    /// <inheritdoc />
    public void Use(WebApplication application)
    {
        application.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/api")) return next(context);
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "same-origin";
            return next(context);
        });
    }

    /// <inheritdoc />
    public void Map(WebApplication application)
    {
        application.UseAntiforgery();
        EmbeddedAssets.Map(application);
        SignInRoutes.Map(application);
        GridRoutes.Map(application, files);
        PictureRoutes.Map(application, application.Services.GetRequiredService<IGrainFactory>());
        application.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = "'none'");
    }

    private const string SchemeByPath = "by path";
}
