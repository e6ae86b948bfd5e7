using System.Net;
using Amazon.Runtime;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>What a server's refusals and silences mean to those who use a store.</summary>
internal static class S3Failures
{
    /// <summary>Does something, and says in a store's own terms what failed.</summary>
    /// <param name="what">What is attempted, for the message.</param>
    /// <param name="act">Asks the server.</param>
    /// <exception cref="UnauthorizedAccessException">The server refuses this account, or there is none to show it.</exception>
    /// <exception cref="StoreUnreachableException">It cannot be reached or fails; worth another attempt.</exception>
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
        catch (Exception e) when (IsWithoutCredentials(e))
        {
            throw new UnauthorizedAccessException(
                $"{what}: there are no credentials to show to the server ({Line(e)}). Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                + "give this machine a profile or a role.", e);
        }
        catch (AmazonServiceException e) when (e.ErrorCode == "NoSuchBucket")
        {
            throw new BadInputException($"{what}: there is no such bucket. Make it, or name another one.", e);
        }
        catch (Exception e) when (e is AmazonClientException or HttpRequestException or IOException or TimeoutException)
        {
            if (e is StorageFullException or StoreUnreachableException) throw;
            throw new StoreUnreachableException($"{what}: {Line(e)} Try again once the server can be reached.");
        }
    }

    private static bool IsMissing(AmazonServiceException e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    /// <summary>Asks for something that may not be there: null where there is no such object.</summary>
    public static async Task<T?> OrNoneAsync<T>(Func<Task<T>> act) where T : class
    {
        try
        {
            return await act();
        }
        catch (AmazonServiceException e) when (IsMissing(e))
        {
            return null;
        }
    }

    // The SDK has no type of its own for it.
    private static bool IsWithoutCredentials(Exception e)
    {
        // With a status the server has answered.
        if (e is AmazonServiceException answer && answer.StatusCode != 0) return false;
        return (e is AmazonClientException || e is AmazonServiceException)
            && (e.Message.Contains("credential", StringComparison.OrdinalIgnoreCase)
                || e.Message.Contains("profile", StringComparison.OrdinalIgnoreCase));
    }

    private static string Line(Exception e) =>
        (e.Message.Length > 0 ? e.Message : e.GetType().Name).ReplaceLineEndings(" ").TrimEnd('.') + ".";
}
