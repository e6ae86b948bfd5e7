using Microsoft.AspNetCore.Connections;

namespace PgmCluster.Silo.Hosting.Connections;

/// <summary>
/// Lets a gateway's answer reach a client whose connection it then ends, because the client looks for another cluster: it says of which it
/// is. The framework ends the connection so fast that the answer is often lost.
/// </summary>
internal static class LastWords
{
    /// <summary>So long it waits for the client to go, which one that was answered does at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static void LetBeHeard(IConnectionBuilder builder) => builder.Use(next => async context =>
    {
        try
        {
            await next(context);
        }
        catch (InvalidOperationException)
        {
            await SayAsync(context);
            throw;
        }
    });

    private static async Task SayAsync(ConnectionContext context)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            // Its own end of the connection stays open: seeing that closed the client might drop what it has not read.
            while (true)
            {
                var read = await context.Transport.Input.ReadAsync(patience.Token);
                context.Transport.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled) return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // It has gone, or does not go.
        }
    }
}
