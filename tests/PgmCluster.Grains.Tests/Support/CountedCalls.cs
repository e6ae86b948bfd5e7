using System.Collections.Concurrent;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Counts the calls of grains, and has some fail.</summary>
public sealed class CountedCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private volatile string? _failing;

    /// <param name="method">"Interface.Method".</param>
    public int Of(string method) => _calls.GetValueOrDefault(method);

    /// <summary>Has the next call of a method fail, and no other: "Interface.Method".</summary>
    public void FailNext(string method) => _failing = method;

    public Task Invoke(IIncomingGrainCallContext context)
    {
        var method = $"{context.InterfaceMethod?.DeclaringType?.Name}.{context.MethodName}";
        // Before it is counted: who waits for the count sees it decided.
        var fails = method == _failing && Interlocked.Exchange(ref _failing, null) is not null;
        _calls.AddOrUpdate(method, 1, (_, calls) => calls + 1);
        return fails ? throw new PgmException($"{method} fails.") : context.Invoke();
    }
}
