using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace PgmCluster.Grains.Calls;

/// <summary>Enumerations that are long, or whose next item takes long.</summary>
public static class LongEnumerations
{
    /// <summary>Enumerates on a thread of the pool, which touches nothing of a grain.</summary>
    /// <param name="source">What is enumerated.</param>
    /// <param name="ahead">So many items are made before they are asked for, and no more.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<T> OnPool<T>(
        this IAsyncEnumerable<T> source, int ahead, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var made = Channel.CreateBounded<T>(ahead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var making = Task.Run(async () =>
        {
            try
            {
                await foreach (var item in source.WithCancellation(stop.Token)) await made.Writer.WriteAsync(item, stop.Token);
                made.Writer.Complete();
            }
            catch (Exception e)
            {
                made.Writer.Complete(e);
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var item in made.Reader.ReadAllAsync(cancellation)) yield return item;
        }
        finally
        {
            await stop.CancelAsync();
            await making;
        }
    }

    /// <summary>Gives something now and then while the next item takes long, so that who waits for it hears that it is made.</summary>
    /// <param name="source">What is enumerated.</param>
    /// <param name="beat">What is given meanwhile.</param>
    /// <param name="every">How often.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<T> WithHeartbeat<T>(
        this IAsyncEnumerable<T> source, T beat, TimeSpan every, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var items = source.GetAsyncEnumerator(stop.Token);
        var next = Task.FromResult(false);
        try
        {
            while (true)
            {
                next = items.MoveNextAsync().AsTask();
                while (await Task.WhenAny(next, Task.Delay(every, cancellation)) != next)
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return beat;
                }
                if (!await next) yield break;
                yield return items.Current;
            }
        }
        finally
        {
            // Where the caller goes while an item is made: an enumeration in the midst of one cannot be ended.
            await stop.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }
}
