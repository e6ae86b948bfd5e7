using Amazon.S3;
using Amazon.S3.Model;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>
/// Puts files into a bucket. An object is there as a whole or not at all: small ones are one request, of large ones the parts become an
/// object by the last request. Every request's body is signed, so the server refuses one that changed on its way.
/// </summary>
/// <param name="client">The server.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="partBytes">Size of the parts, at least 5 MiB; larger files than fit 10,000 parts have larger ones.</param>
internal sealed class S3Uploads(IAmazonS3 client, string bucket, long partBytes = 16L << 20)
{
    /// <summary>The object's SHA-256, which the server keeps beside it.</summary>
    public const string HashKey = "x-amz-meta-sha256";

    private const int MostParts = 9000;
    private const int PartsAtOnce = 3;

    /// <summary>Uploads a file.</summary>
    public async Task PutAsync(string key, string path, ArtifactInfo info, CancellationToken ct)
    {
        if (info.Size <= partBytes)
        {
            var request = new PutObjectRequest { BucketName = bucket, Key = key, FilePath = path, UseChunkEncoding = false };
            request.Metadata.Add(HashKey, info.Sha256);
            await client.PutObjectAsync(request, ct);
            return;
        }
        var begin = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key };
        begin.Metadata.Add(HashKey, info.Sha256);
        var upload = (await client.InitiateMultipartUploadAsync(begin, ct)).UploadId;
        try
        {
            var parts = await PutPartsAsync(key, path, info.Size, upload, ct);
            await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = upload, PartETags = [.. parts] }, ct);
        }
        catch
        {
            await AbortAsync(key, upload);
            throw;
        }
    }

    /// <summary>Removes parts that writers left behind who died before the time.</summary>
    /// <returns>How many uploads.</returns>
    public async Task<int> AbortAbandonedAsync(string prefix, DateTimeOffset before, bool dryRun, CancellationToken ct)
    {
        var count = 0;
        var request = new ListMultipartUploadsRequest { BucketName = bucket, Prefix = prefix };
        while (true)
        {
            var answer = await client.ListMultipartUploadsAsync(request, ct);
            foreach (var upload in answer.MultipartUploads ?? [])
            {
                if (upload.Initiated is not { } begun || begun.ToUniversalTime() >= before.UtcDateTime) continue;
                count++;
                if (!dryRun) await AbortAsync(upload.Key, upload.UploadId);
            }
            if (answer.IsTruncated != true) return count;
            (request.KeyMarker, request.UploadIdMarker) = (answer.NextKeyMarker, answer.NextUploadIdMarker);
        }
    }

    private async Task<IReadOnlyList<PartETag>> PutPartsAsync(string key, string path, long size, string upload, CancellationToken ct)
    {
        var length = Math.Max(partBytes, (size + MostParts - 1) / MostParts);
        var count = (int)((size + length - 1) / length);
        var tags = new PartETag[count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = PartsAtOnce, CancellationToken = ct },
            async (part, token) =>
            {
                var answer = await client.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = part + 1,
                    FilePath = path,
                    FilePosition = part * length,
                    PartSize = Math.Min(length, size - (part * length)),
                    UseChunkEncoding = false,
                }, token);
                tags[part] = new PartETag(part + 1, answer.ETag);
            });
        return tags;
    }

    private async Task AbortAsync(string key, string upload)
    {
        try
        {
            await client.AbortMultipartUploadAsync(bucket, key, upload, CancellationToken.None);
        }
        catch (Exception e) when (e is Amazon.Runtime.AmazonClientException or HttpRequestException or IOException)
        {
            // The first failure is the one to report; parts that stay are seen by nobody, and a collection removes them.
        }
    }
}
