using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Resources;

/// <summary>The files that results name: weights, pictures, token shards. Whole, or a range of bytes.</summary>
internal static class ArtifactRoutes
{
    public static void Map(RouteGroupBuilder api, IGrainFactory grains) =>
        api.MapGet("/artifacts/{sha256}/{size}/{**name}", (HttpContext context, string sha256, string size, string name) =>
            SendAsync(context, grains.GetGrain<IArtifactsGrain>("default"), ReferenceOf(sha256, size, name)))
            .For(ApiRole.Viewer).WithTags("Artifacts").WithName("GetArtifact")
            .WithSummary("A file of the artifact store, as a result names it: sha256, size and name")
            .WithDescription(
                "The ETag is the SHA-256 that the whole file has to have; 304 where If-None-Match names it. One range of bytes may be "
                + "asked for (206; 416 where the file has none of it).")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream")
            .Produces(StatusCodes.Status304NotModified);

    /// <summary>What an address means.</summary>
    /// <exception cref="NotFoundException">It can mean nothing.</exception>
    internal static ArtifactReference ReferenceOf(string sha256, string size, string name)
    {
        if (sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower)
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return new ArtifactReference(name, bytes, sha256);
        throw new NotFoundException(
            $"Looking for artifact '{ForeignText.Of(name)}': '{ForeignText.Of(sha256)}' and '{ForeignText.Of(size)}' are no SHA-256 and number "
            + "of bytes. Use those that a result has beside the name.");
    }

    /// <summary>Sends a file, or the part of it that is asked for.</summary>
    /// <exception cref="PgmException">It is not there, or cannot be read; nothing was sent.</exception>
    internal static async Task SendAsync(HttpContext context, IArtifactsGrain artifacts, ArtifactReference artifact)
    {
        var (response, cancellation) = (context.Response, context.RequestAborted);
        var tag = new EntityTagHeaderValue($"\"{artifact.Sha256}\"");
        var (start, end, isPart) = RangeOf(context.Request.GetTypedHeaders(), tag, artifact);
        // What cannot be read is a problem like that of other routes, before anything is sent.
        var part = await artifacts.Read(artifact, start, cancellation);
        response.GetTypedHeaders().ETag = tag;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.CacheControl = "private, immutable, max-age=31536000";
        response.Headers.XContentTypeOptions = "nosniff";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false) || t.Tag == "*"))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = artifact.Name.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "application/octet-stream";
        response.ContentLength = end - start;
        if (isPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(start, end - 1, artifact.Size);
        }
        for (var at = start; ;)
        {
            var length = (int)Math.Min(part.Length, end - at);
            await response.Body.WriteAsync(part.AsMemory(0, length), cancellation);
            at += length;
            if (at == end) return;
            // Shorter than its size says: whoever reads it must not take it for whole.
            if (length == 0) throw new IOException($"Artifact '{artifact.Name}' ended at byte {at} of {artifact.Size}.");
            part = await artifacts.Read(artifact, at, cancellation);
        }
    }

    /// <summary>Which bytes are asked for: from, to (behind the last), and whether that is a part.</summary>
    private static (long Start, long End, bool IsPart) RangeOf(
        Microsoft.AspNetCore.Http.Headers.RequestHeaders headers, EntityTagHeaderValue tag, ArtifactReference artifact)
    {
        // Several ranges, other units, and a part of a file that has changed meanwhile are answered by the whole.
        var isSame = headers.IfRange is not { } only || only.EntityTag is { } known && known.Compare(tag, useStrongComparison: true);
        if (headers.Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges } || !isSame) return (0, artifact.Size, false);
        var range = ranges.Single();
        var (start, end) = range switch
        {
            { From: { } from, To: { } to } => (from, Math.Min(to, artifact.Size - 1) + 1),
            { From: { } from } => (from, artifact.Size),
            { To: { } last } => (Math.Max(0, artifact.Size - last), artifact.Size),
            _ => (0L, artifact.Size),
        };
        if (start < end && start < artifact.Size) return (start, end, true);
        throw new HttpRefusedException(
            StatusCodes.Status416RangeNotSatisfiable,
            $"Reading artifact '{ForeignText.Of(artifact.Name)}': it has {artifact.Size} bytes and none of that range. Ask for another.");
    }
}
