using System.Collections.Concurrent;
using Orleans.Serialization.Invocation;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Callers;

/// <summary>
/// Refuses calls that are for silos only and carry no proof. Who sent a message does not matter: a client can claim to be any grain of any
/// silo. What a client says in its request context goes no further than here.
/// </summary>
/// <param name="proof">Of this cluster.</param>
/// <param name="audit">Told of calls that change something.</param>
/// <param name="acceptsOlder">Silos of a version that proves nothing are in the cluster: who says not to be a client is believed.</param>
/// <param name="logger">Told of refusals: the first of each method, then ever fewer.</param>
internal sealed partial class CallersFilter(CallProof proof, AuditLog audit, bool acceptsOlder, ILogger logger) : IIncomingGrainCallFilter
{
    /// <summary>Connections do not say yet who is behind them.</summary>
    private const string Anybody = "local";

    private static readonly string[] s_traces = ["traceparent", "tracestate"];

    private readonly ILogger _logger = logger;
    private readonly ConcurrentDictionary<string, int> _refused = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        // Observers within this process: nothing of the cluster's is one.
        if (context.TargetId.IsClient() || IsTick(context)) return context.Invoke();
        if (proof.Take(context))
        {
            return OnBehalf.Take() is { } user && ClientCalls.IsAudited(ClientCalls.MethodOf(context))
                ? audit.Follow(context, user)
                : context.Invoke();
        }
        if (acceptsOlder && Senders.SaysToBeOfASilo(context.SourceId))
        {
            OnBehalf.Take();
            return context.Invoke();
        }
        if (!ClientCalls.May(context)) throw Refused(context);
        KeepTracesOnly();
        return ClientCalls.IsAudited(ClientCalls.MethodOf(context)) ? audit.Follow(context, Anybody) : context.Invoke();
    }

    /// <summary>
    /// A grain's own timer has fired: not a call, and from nobody. What comes over a connection is a request of a generated type, which
    /// this is not.
    /// </summary>
    private static bool IsTick(IIncomingGrainCallContext context) =>
        context.Request is not RequestBase && context.Request.GetInterfaceName() == "IGrainTimerInvoker";

    private PgmException Refused(IIncomingGrainCallContext context)
    {
        var method = $"{context.InterfaceMethod.DeclaringType?.Name}.{context.MethodName}";
        var target = ForeignText.Of($"{context.TargetId}");
        var times = _refused.AddOrUpdate(method, 1, static (_, before) => before + 1);
        if (IsPowerOfTen(times)) LogRefused(method, target, ForeignText.Of($"{context.SourceId}"), times);
        return new PgmException(
            $"Calling {method} of {target}: only silos of this cluster may, and this call does not prove to be of one. "
            + "Clients call what PgmCluster.Contracts has for them; silos need the same database, and Pgm:SecretFile where it is set.")
        { Code = PgmErrorCode.Denied };
    }

    private static void KeepTracesOnly()
    {
        var traces = s_traces.Select(name => (Name: name, Value: RequestContext.Get(name) as string)).ToArray();
        RequestContext.Clear();
        foreach (var (name, value) in traces)
        {
            if (value is not null) RequestContext.Set(name, value);
        }
    }

    private static bool IsPowerOfTen(int number)
    {
        while (number % 10 == 0) number /= 10;
        return number == 1;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Method} of {GrainId} was refused to a caller without a proof, who says to be '{Source}': {Times} times so far")]
    private partial void LogRefused(string method, string grainId, string source, int times);
}
