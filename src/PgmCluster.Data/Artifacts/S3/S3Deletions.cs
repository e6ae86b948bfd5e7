using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>
/// Deletes objects without taking any from a writer, on servers that know no conditions. A collection announces a deletion by an object of
/// its own, looks once more at what is to go, and takes the announcement back at the end. A writer puts its object, waits while one is
/// announced, and looks whether its object is there: so either the collection has seen what was written, or the writer sees that it is
/// gone and puts it again.
/// </summary>
internal sealed class S3Deletions(IAmazonS3 client, S3Place place)
{
    private const string Folder = ".deleting/";

    /// <summary>A collection that has not deleted by then does not any more.</summary>
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(20);

    /// <summary>Whoever announced a deletion so long ago is dead.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Deletes what is as it was seen.</summary>
    /// <param name="seen">What is to go.</param>
    /// <param name="look">What has the name now.</param>
    /// <param name="ct">Ends the attempt before it deletes.</param>
    public async Task<bool> DeleteAsync(StoredArtifact seen, Func<Task<StoredArtifact?>> look, CancellationToken ct)
    {
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = place.Bucket, Key = KeyOf(seen.Name), ContentBody = "", UseChunkEncoding = false }, ct);
        var announced = Stopwatch.GetTimestamp();
        try
        {
            if (await look() is not { } found || found.Size != seen.Size || !SameTime(found, seen)) return false;
            if (Stopwatch.GetElapsedTime(announced) > Allowed) return false;
            await client.DeleteObjectAsync(place.Bucket, place.Prefix + seen.Name, ct);
            return true;
        }
        finally
        {
            await client.DeleteObjectAsync(place.Bucket, KeyOf(seen.Name), CancellationToken.None);
        }
    }

    /// <summary>Whether a collection took what was just put; waits for one that is about to.</summary>
    public async Task<bool> TookAsync(string name, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await IsThereAsync(KeyOf(name), ct))
        {
            if (Stopwatch.GetElapsedTime(begun) > Abandoned) await client.DeleteObjectAsync(place.Bucket, KeyOf(name), ct);
            else await Task.Delay(Pause, ct);
        }
        return !await IsThereAsync(place.Prefix + name, ct);
    }

    /// <summary>Removes what collections that died have announced, for which the next writer of the name would wait.</summary>
    /// <returns>How many were announced before the time.</returns>
    public async Task<int> SweepAsync(DateTimeOffset before, bool dryRun, CancellationToken ct)
    {
        var count = 0;
        var request = new ListObjectsV2Request { BucketName = place.Bucket, Prefix = place.Prefix + Folder };
        while (true)
        {
            var answer = await client.ListObjectsV2Async(request, ct);
            foreach (var announced in answer.S3Objects ?? [])
            {
                if (announced.LastModified is not { } at || at.ToUniversalTime() >= before.UtcDateTime) continue;
                count++;
                if (!dryRun) await client.DeleteObjectAsync(place.Bucket, announced.Key, ct);
            }
            if (answer.IsTruncated != true) return count;
            request.ContinuationToken = answer.NextContinuationToken;
        }
    }

    /// <summary>Lists tell fractions of seconds that single answers do not.</summary>
    private static bool SameTime(StoredArtifact one, StoredArtifact other) =>
        (one.Written - other.Written).Duration() < TimeSpan.FromSeconds(1);

    private async Task<bool> IsThereAsync(string key, CancellationToken ct)
    {
        try
        {
            await client.GetObjectMetadataAsync(place.Bucket, key, ct);
            return true;
        }
        catch (AmazonServiceException e) when (S3Failures.IsMissing(e))
        {
            return false;
        }
    }

    private string KeyOf(string name) => place.Prefix + Folder + name;
}
