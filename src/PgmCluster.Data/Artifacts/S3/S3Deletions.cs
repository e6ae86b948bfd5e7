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
/// <param name="client">The server.</param>
/// <param name="place">The bucket and the prefix.</param>
/// <param name="time">By which it waits.</param>
internal sealed class S3Deletions(IAmazonS3 client, S3Place place, TimeProvider time)
{
    /// <summary>A collection that has not deleted by then does not any more: a third of a writer's wait.</summary>
    public static readonly TimeSpan Allowed = TimeSpan.FromSeconds(20);

    private const string Folder = ".deleting/";

    /// <summary>Whoever announced a deletion so long ago is dead.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Deletes what is as it was seen.</summary>
    /// <param name="seen">What is to go.</param>
    /// <param name="look">What has the name now.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="TimeoutException">The server has not answered in time; it may have deleted.</exception>
    public async Task<bool> DeleteAsync(StoredArtifact seen, Func<Task<StoredArtifact?>> look, CancellationToken ct)
    {
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = place.Bucket, Key = KeyOf(seen.Name), ContentBody = "", UseChunkEncoding = false }, ct);
        var announced = time.GetTimestamp();
        var underWay = false;
        try
        {
            if (await look() is not { } found || found.Size != seen.Size || !SameTime(found, seen)) return false;
            var left = Allowed - time.GetElapsedTime(announced);
            if (left <= TimeSpan.Zero) return false;
            using var limit = new CancellationTokenSource(left, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            underWay = true;
            await client.DeleteObjectAsync(place.Bucket, place.Prefix + seen.Name, either.Token);
            underWay = false;
            return true;
        }
        catch (AmazonServiceException e) when ((int)e.StatusCode is >= 400 and < 500)
        {
            underWay = false;
            throw;
        }
        catch (OperationCanceledException e) when (underWay && !ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The server has not answered within {Allowed.TotalSeconds:0} s.", e);
        }
        finally
        {
            // The server may yet carry out what it has not answered: so the announcement stays until a writer has waited for it.
            if (!underWay)
                await client.DeleteObjectAsync(place.Bucket, KeyOf(seen.Name), CancellationToken.None);
        }
    }

    /// <summary>Whether a collection took what was just put; waits for one that is about to.</summary>
    public async Task<bool> TookAsync(string name, CancellationToken ct)
    {
        var begun = time.GetTimestamp();
        while (await IsThereAsync(KeyOf(name), ct))
        {
            if (time.GetElapsedTime(begun) > Abandoned) await client.DeleteObjectAsync(place.Bucket, KeyOf(name), ct);
            else await Task.Delay(Pause, time, ct);
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

    private async Task<bool> IsThereAsync(string key, CancellationToken ct) =>
        await S3Failures.OrNoneAsync(() => client.GetObjectMetadataAsync(place.Bucket, key, ct)) is not null;

    private string KeyOf(string name) => place.Prefix + Folder + name;
}
