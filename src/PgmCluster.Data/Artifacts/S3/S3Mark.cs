using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using PgmCluster.Data.Artifacts.Marks;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>The mark of a store in a bucket.</summary>
internal sealed class S3Mark(IAmazonS3 client, S3Place place, string name) : IStoreMark
{
    /// <inheritdoc/>
    public string Place { get; } = place + name;

    /// <inheritdoc/>
    public Task<string?> ReadAsync(CancellationToken ct) => S3Failures.SayingAsync($"Reading {Place}", () => S3Failures.OrNoneAsync(
        async () =>
        {
            using var answer = await client.GetObjectAsync(place.Bucket, place.Prefix + name, ct);
            using var reader = new StreamReader(answer.ResponseStream);
            return await reader.ReadToEndAsync(ct);
        }));

    /// <inheritdoc/>
    public Task WriteIfNoneAsync(string text, CancellationToken ct) => S3Failures.SayingAsync($"Writing {Place}", async () =>
    {
        try
        {
            await PutAsync(text, "*", ct);
            return true;
        }
        catch (AmazonServiceException e) when (e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (AmazonServiceException e) when (e.StatusCode == HttpStatusCode.NotImplemented)
        {
            // Servers without conditions: of two who come at once the later's stands, and the other reads it next.
            if (await ReadAsync(ct) is null) await PutAsync(text, condition: null, ct);
            return true;
        }
    });

    private Task PutAsync(string text, string? condition, CancellationToken ct) => client.PutObjectAsync(new PutObjectRequest
    {
        BucketName = place.Bucket,
        Key = place.Prefix + name,
        ContentBody = text,
        IfNoneMatch = condition,
        UseChunkEncoding = false,
    }, ct);
}
