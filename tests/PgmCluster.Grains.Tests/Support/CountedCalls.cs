using System.Collections.Concurrent;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Counts the calls of grains, and has some fail.</summary>
public sealed class CountedCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <param name="method">"Interface.Method".</param>
    public int Of(string method) => _calls.GetValueOrDefault(method);

    /// <summary>Set to have calls of a method fail: "Interface.Method".</summary>
    public string? Failing { get; set; }

    public Task Invoke(IIncomingGrainCallContext context)
    {
        var method = $"{context.InterfaceMethod?.DeclaringType?.Name}.{context.MethodName}";
        _calls.AddOrUpdate(method, 1, (_, calls) => calls + 1);
        return method == Failing ? throw new PgmException($"{method} fails.") : context.Invoke();
    }
}
