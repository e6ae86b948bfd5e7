namespace PgmCluster.Grains.Tests.Support;

/// <summary>For what comes by itself before long, and nobody says when.</summary>
internal static class Waits
{
    /// <summary>Until something holds; fails where it does not within a minute.</summary>
    public static Task Eventually(Func<Task<bool>> condition, string what) => Eventually(what, condition, holds => holds);

    /// <inheritdoc cref="Eventually(Func{Task{bool}}, string)"/>
    /// <returns>What was read when it held.</returns>
    public static async Task<T> Eventually<T>(string what, Func<Task<T>> read, Func<T, bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var present = await read();
            if (holds(present)) return present;
            if (patience.IsCancellationRequested) throw new Xunit.Sdk.XunitException($"Waited 60 s: {what}; last seen: {present}.");
            await Task.Delay(20);
        }
    }
}
