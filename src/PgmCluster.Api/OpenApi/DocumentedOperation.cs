using System.Net.Http;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Jobs;

namespace PgmCluster.Api.OpenApi;

/// <summary>What every operation of the document says besides: who may call it, its headers, and how it fails.</summary>
internal static class DocumentedOperation
{
    /// <summary>The role that an operation asks for: "viewer", "submitter" or "admin".</summary>
    public const string RoleExtension = "x-pgm-role";

    private const string Problem = "Problem";

    public static async Task Transform(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var role = Roles.Of(metadata.OfType<IAuthorizeData>());
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions[RoleExtension] = new JsonNodeExtension(JsonValue.Create($"{role}".ToLowerInvariant()));
        operation.Security = [new OpenApiSecurityRequirement
        {
            [new OpenApiSecuritySchemeReference(ApiDocument.Scheme, context.Document)] = [],
        }];
        foreach (var header in metadata.OfType<TakenHeader>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = header.Name,
                In = ParameterLocation.Header,
                Description = header.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }
        operation.Responses ??= new OpenApiResponses();
        context.Document!.AddComponent(Problem, await context.GetOrCreateSchemaAsync(typeof(ProblemBody), null, cancellation));
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "What went wrong, as RFC 9457 has it",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problems.MediaType] = new() { Schema = new OpenApiSchemaReference(Problem, context.Document) },
            },
        };
    }
}
