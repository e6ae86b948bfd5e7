using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Serialization.Invocation;
using PgmCluster.Contracts.Callers;

namespace PgmCluster.Grains.Callers;

/// <summary>What clients may call. Everything else is refused, whatever a later version of the framework brings with it.</summary>
internal static class ClientCalls
{
    private const string
        Streams = "Orleans.Runtime.IAsyncEnumerableGrainExtension", Start = "StartEnumeration",
        Cancellations = "Orleans.Runtime.IGrainCallCancellationExtension",
        Manifests = "Orleans.Runtime.IClusterManifestSystemTarget";

    private static readonly ConcurrentDictionary<MethodInfo, bool> s_contracts = new(), s_audited = new();

    /// <summary>True for a method of a client contract.</summary>
    public static bool IsForClients(MethodInfo method) => s_contracts.GetOrAdd(method, static m =>
        m.DeclaringType!.Assembly.IsDefined(typeof(ClientContractsAttribute)) && !m.IsDefined(typeof(ForSilosAttribute))
        || m.IsDefined(typeof(ForClientsAttribute)));

    /// <summary>True for a method by which a client changes something.</summary>
    public static bool IsAudited(MethodInfo method) => s_audited.GetOrAdd(method, static m => m.IsDefined(typeof(AuditedAttribute)));

    /// <summary>The call whose stream is asked for, which is an argument; null where none is asked for.</summary>
    public static IInvokable? StreamOf(IGrainCallContext call) =>
        call.InterfaceMethod.Name == Start && call.InterfaceMethod.DeclaringType?.FullName == Streams
            ? call.Request.GetArgument(1) as IInvokable
            : null;

    /// <summary>The contract's method that is called, also where what it gives is a stream.</summary>
    public static MethodInfo MethodOf(IGrainCallContext call) => StreamOf(call)?.GetMethod() ?? call.InterfaceMethod;

    /// <summary>True where a client may make this call.</summary>
    public static bool May(IGrainCallContext call) => call.InterfaceMethod.DeclaringType?.FullName switch
    {
        Streams => call.InterfaceMethod.Name switch
        {
            Start => StreamOf(call) is { } of && IsForClients(of.GetMethod()),
            "MoveNext" or "DisposeAsync" => true,
            _ => false,
        },
        // Of a call that a client has made, and not of one that a silo has.
        Cancellations => call.Request.GetArgument(0) is GrainId sender && !Senders.SaysToBeOfASilo(sender),
        Manifests => true,
        _ => IsForClients(call.InterfaceMethod),
    };
}
