using System.Collections.Concurrent;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Counts the calls of grains.</summary>
public sealed class CountedCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _calls = new();

    /// <param name="method">"Interface.Method".</param>
    public int Of(string method) => _calls.GetValueOrDefault(method);

    public Task Invoke(IIncomingGrainCallContext context)
    {
        _calls.AddOrUpdate($"{context.InterfaceMethod?.DeclaringType?.Name}.{context.MethodName}", 1, (_, calls) => calls + 1);
        return context.Invoke();
    }
}
