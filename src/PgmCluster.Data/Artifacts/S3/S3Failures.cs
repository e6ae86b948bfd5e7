using System.Net;
using Amazon.Runtime;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>What a server's refusals and silences mean to those who use a store.</summary>
internal static class S3Failures
{
    // Of Linux: "remote input or output", which a later attempt may mend.
    private const int RemoteTrouble = 121;

    /// <summary>Does something, and says in a store's own terms what failed.</summary>
    /// <param name="what">What is attempted, for the message.</param>
    /// <param name="act">Asks the server.</param>
    /// <exception cref="UnauthorizedAccessException">The server refuses this account.</exception>
    /// <exception cref="IOException">It cannot be reached or fails; worth another attempt.</exception>
    public static async Task<T> SayingAsync<T>(string what, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (AmazonServiceException e) when (e.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            throw new UnauthorizedAccessException(
                $"{what}: the server refuses ({Line(e)}). Look at the credentials (AWS_ACCESS_KEY_ID, a profile or a role) "
                + "and what they allow.", e);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "NoSuchBucket")
        {
            throw new BadInputException($"{what}: there is no such bucket. Make it, or name another one.", e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or TimeoutException)
        {
            if (e is StorageFullException) throw;
            throw new IOException($"{what}: {Line(e)} Try again once the server can be reached.", RemoteTrouble);
        }
    }

    /// <summary>Whether the server says that there is no such object.</summary>
    public static bool IsMissing(AmazonServiceException e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    private static string Line(Exception e) =>
        (e.Message.Length > 0 ? e.Message : e.GetType().Name).ReplaceLineEndings(" ").TrimEnd('.') + ".";
}
