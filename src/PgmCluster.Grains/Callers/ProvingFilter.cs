using System.Security.Cryptography;
using Orleans.CodeGeneration;
using Orleans.Serialization.Invocation;

namespace PgmCluster.Grains.Callers;

/// <summary>Gives each call that this silo makes its proof, whether of a grain or of the framework itself; never to a client.</summary>
internal sealed class ProvingFilter(CallProof proof) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.TargetId.IsClient())
        {
            CallProof.Remove();
            await context.Invoke();
            return;
        }
        var given = proof.Give(context);
        try
        {
            await context.Invoke();
        }
        finally
        {
            // A call that nobody answers has ended for its caller before it is sent.
            if (context.Request is not RequestBase { Options: var options } || !options.HasFlag(InvokeMethodOptions.OneWay))
                CryptographicOperations.ZeroMemory(given);
        }
    }
}
