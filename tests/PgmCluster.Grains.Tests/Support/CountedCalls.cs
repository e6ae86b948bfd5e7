using System.Collections.Concurrent;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Counts the calls of our grains, and has some fail.</summary>
public sealed class CountedCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private volatile string? _failing;
    private volatile Action? _before;
    private volatile string? _failingAll;

    /// <param name="method">"Interface.Method".</param>
    public int Of(string method) => _calls.GetValueOrDefault(method);

    /// <summary>The methods that were called: "Interface.Method".</summary>
    public IReadOnlyCollection<string> Methods => [.. _calls.Keys];

    /// <summary>Forgets what was counted.</summary>
    public void Clear() => _calls.Clear();

    /// <summary>Has the next call of a method fail, and no other: "Interface.Method".</summary>
    /// <param name="method">Which.</param>
    /// <param name="before">Done before it fails.</param>
    public void FailNext(string method, Action? before = null) => (_before, _failing) = (before, method);

    /// <summary>Has all calls of a method fail from now on; null for none.</summary>
    public void FailAll(string? method) => _failingAll = method;

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType?.Namespace?.StartsWith("PgmCluster.", StringComparison.Ordinal) != true)
            return context.Invoke();
        var method = $"{context.InterfaceMethod.DeclaringType.Name}.{context.MethodName}";
        // Before it is counted: who waits for the count sees it decided.
        var fails = method == _failingAll || (method == _failing && Interlocked.Exchange(ref _failing, null) is not null);
        if (fails) _before?.Invoke();
        _calls.AddOrUpdate(method, 1, (_, calls) => calls + 1);
        return fails ? throw new PgmException($"{method} fails.") : context.Invoke();
    }
}
