using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using Scalar.AspNetCore;

namespace PgmCluster.Api.OpenApi;

/// <summary>The API's OpenAPI 3.1 document, and a page to try it.</summary>
internal static class ApiDocument
{
    /// <summary>Name of the scheme of keys in the document.</summary>
    public const string Scheme = "key";

    private const string Name = "v1", Path = "/api/openapi.json", Page = "/api/docs";

    /// <summary>What the page may load: nothing that is not the silo's own.</summary>
    private const string Policy = "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; "
        + "base-uri 'none'; form-action 'none'";

    public static void Add(IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "PgmCluster",
                Version = "1",
                Description = "Datasets, tokenizations, training runs, samplings and evaluations of a PgmCluster. See deploy/docs/api.md.",
            };
            // Where it is served is where it was asked for.
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key that 'pgm keys add NAME --role ROLE' made.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DocumentedOperation.Transform);
    });

    /// <summary>The page's answers carry what it may load.</summary>
    public static void UsePolicy(IApplicationBuilder application) => application.Use((context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(Page)) context.Response.Headers.ContentSecurityPolicy = Policy;
        return next(context);
    });

    private static async Task<byte[]> WriteAsync(IServiceProvider services, CancellationToken cancellation)
    {
        var provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name);
        var document = await provider.GetOpenApiDocumentAsync(cancellation);
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1, cancellation);
        return stream.ToArray();
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Routes stay as they are, so it is made once; two that ask at once for the first time make the same.
        byte[]? written = null;
        routes.MapGet(Path, async (IServiceProvider services, CancellationToken cancellation) => TypedResults.Bytes(
            written ??= await WriteAsync(services, cancellation), "application/json;charset=utf-8"))
            .ExcludeFromDescription().AllowAnonymous();
        routes.MapScalarApiReference(Page, options =>
        {
            options.Title = "PgmCluster";
            options.OpenApiRoutePattern = Path;
            options.DefaultFonts = false;
            // All of these would ask others; the policy would stop them, and a page with what does not work is none.
            options.DisableTelemetry().DisableAgent().DisableMcp().HideClientButton().HideDeveloperTools();
        }).AllowAnonymous();
    }
}
