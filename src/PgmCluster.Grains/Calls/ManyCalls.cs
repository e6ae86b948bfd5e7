namespace PgmCluster.Grains.Calls;

/// <summary>Calls to many grains, some at a time.</summary>
internal static class ManyCalls
{
    private const int AtATime = 64;

    /// <summary>Calls all, no more than some at a time.</summary>
    /// <returns>The answers, in the order of <paramref name="inputs"/>.</returns>
    /// <exception cref="Exception">The first that a call threw, once those under way have ended.</exception>
    public static async Task<TResult[]> Of<T, TResult>(
        IReadOnlyList<T> inputs, Func<T, Task<TResult>> call, int atATime = AtATime)
    {
        var results = new TResult[inputs.Count];
        var next = 0;
        async Task CallInTurn()
        {
            while (next < inputs.Count)
            {
                var index = next++;
                try
                {
                    results[index] = await call(inputs[index]);
                }
                catch
                {
                    next = inputs.Count;
                    throw;
                }
            }
        }
        // In a grain all of it runs in the grain's own turn, one continuation after another.
        await Task.WhenAll(Enumerable.Range(0, Math.Min(atATime, inputs.Count)).Select(_ => CallInTurn()));
        return results;
    }

    /// <summary>Calls all, no more than some at a time; one that throws holds up no other.</summary>
    /// <returns>The answers that there are, in the order of <paramref name="inputs"/>, and what the other calls threw.</returns>
    public static async Task<(List<TResult> Answers, List<Exception> Failures)> Try<T, TResult>(
        IReadOnlyList<T> inputs, Func<T, Task<TResult>> call)
        where TResult : class
    {
        var failures = new List<Exception>();
        var answers = await Of<T, TResult?>(inputs, async input =>
        {
            try
            {
                return await call(input);
            }
            catch (Exception e)
            {
                failures.Add(e);
                return null;
            }
        });
        return ([.. answers.OfType<TResult>()], failures);
    }

    /// <inheritdoc cref="Of{T,TResult}"/>
    public static Task Of<T>(IReadOnlyList<T> inputs, Func<T, Task> call) => Of(inputs, async input =>
    {
        await call(input);
        return true;
    });
}
