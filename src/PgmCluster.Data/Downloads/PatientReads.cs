namespace PgmCluster.Data.Downloads;

/// <summary>Reads of a server's body that end where nothing comes.</summary>
internal static class PatientReads
{
    /// <summary>How long the next byte may take where nobody says otherwise.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads some bytes. What goes wrong on the way is told apart from what a disk says.</summary>
    /// <exception cref="HttpRequestException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">Nothing came in time, or the reading was ended.</exception>
    public static async Task<int> SomeAsync(
        Stream body, Memory<byte> buffer, TimeSpan patience, CancellationToken cancellation, TimeProvider? time = null)
    {
        using var silence = new CancellationTokenSource(patience, time ?? TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        try
        {
            return await body.ReadAsync(buffer, ending.Token);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
        catch (ObjectDisposedException e) when (ending.IsCancellationRequested)
        {
            // HttpClient closes the connection of a reading that is to end, and one that is just about to begin finds it closed.
            throw new OperationCanceledException(e.Message, e, ending.Token);
        }
        catch (ObjectDisposedException e)
        {
            // The patience of the reading before ended just as it got its bytes, and closed the connection behind it.
            throw new HttpRequestException("The connection was closed.", e);
        }
    }
}
