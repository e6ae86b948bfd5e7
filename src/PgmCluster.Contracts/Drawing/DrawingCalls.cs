using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Drawing;

/// <summary>Drawing from a client, however long the device takes, and across the loss of silos.</summary>
public static class DrawingCalls
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks until the pictures are there.</summary>
    /// <param name="drawing">Of the model.</param>
    /// <param name="request">What is to be drawn.</param>
    /// <param name="patience">How long they are waited for. Default: 1 minute.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="time">Measures it. Default: the machine's.</param>
    /// <returns>An answer with pictures.</returns>
    /// <exception cref="PgmException">
    /// They cannot be drawn; or they were not drawn by then (<see cref="PgmErrorCode.Unavailable"/>), and the message says what was waited
    /// for.
    /// </exception>
    public static async Task<DrawingAnswer> DrawAsync(
        this IDrawingGrain drawing, DrawingRequest request, TimeSpan? patience = null, CancellationToken cancellation = default,
        TimeProvider? time = null)
    {
        var clock = time ?? TimeProvider.System;
        var limit = patience ?? TimeSpan.FromMinutes(1);
        var begun = clock.GetTimestamp();
        while (true)
        {
            string waits;
            var isAnswered = true;
            try
            {
                var answer = await drawing.Draw(request).WaitAsync(cancellation);
                if (answer.Pictures is not null) return answer;
                waits = answer.Waits ?? "they are being drawn";
            }
            catch (Exception e) when (e is not (OperationCanceledException or PgmException { Code: not PgmErrorCode.Unavailable }))
            {
                (waits, isAnswered) = ($"the cluster does not answer ({ErrorLine.Of(e).TrimEnd('.')})", false);
            }
            if (clock.GetElapsedTime(begun) >= limit)
                throw new PgmException(
                    $"Drawing {request.Classes.Count} pictures: not done within {limit.TotalSeconds:0} s: {waits.TrimEnd('.')}. Ask again, with "
                    + "a higher priority where a device is to be taken from other work.")
                { Code = PgmErrorCode.Unavailable };
            if (!isAnswered) await Task.Delay(s_pause, clock, cancellation);
        }
    }
}
