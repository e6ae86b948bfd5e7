using PgmCluster.Contracts.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Tables;

namespace PgmCluster.Grains.Datasets;

/// <summary>Reads for a grain beside its turn, for so long at most: the grain answers nobody else until then.</summary>
internal static class AsideRead
{
    /// <summary>A listing of millions of files takes minutes on a slow disk.</summary>
    public static readonly TimeSpan AtMost = TimeSpan.FromHours(1);

    /// <summary>Reads on a thread of the pool, which touches nothing of the grain.</summary>
    /// <param name="what">What is attempted, for messages that say nothing of it.</param>
    /// <param name="read">Ends when it is told to; what does not is left to itself.</param>
    /// <param name="atMost">How long it may take.</param>
    /// <param name="stopping">The silo stops, which does not wait for it.</param>
    /// <exception cref="InvalidRequestException">What was read cannot be used.</exception>
    /// <exception cref="PgmException">A server or the store failed, or it took too long; trying again may help.</exception>
    public static async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> read, TimeSpan atMost, CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        ending.CancelAfter(atMost);
        try
        {
            return await Task.Run(() => read(ending.Token)).WaitAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new PgmException($"{what}: it did not end within {atMost}. See that its disk or server answers, and try again.")
            {
                Code = PgmErrorCode.Unavailable,
            };
        }
        catch (BadInputException e)
        {
            throw new InvalidRequestException(e.Message);
        }
        catch (Exception e) when (e is DownloadException or StorageFullException or DataCorruptException or TableProcessException)
        {
            throw new PgmException(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PgmException(
                $"{what}: {e.Message.Split('\n')[0].TrimEnd('.')}. "
                + "See that the silo can read the data and write the artifact store, and try again.")
            { Code = PgmErrorCode.Unavailable };
        }
    }
}
