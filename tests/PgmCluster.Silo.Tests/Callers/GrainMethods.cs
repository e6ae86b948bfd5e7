using System.Reflection;
using Orleans.Concurrency;
using PgmCluster.Contracts.Callers;
using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Hosting;

namespace PgmCluster.Silo.Tests.Callers;

/// <summary>All methods that can be called in a cluster, found by reflection and called without arguments.</summary>
internal static class GrainMethods
{
    private static readonly Assembly s_grains = typeof(GrainsHostingExtensions).Assembly;

    private static readonly MethodInfo s_getGrain = typeof(IGrainFactory).GetMethods().Single(
        m => m.IsGenericMethod && m.GetParameters().Select(p => p.ParameterType).SequenceEqual([typeof(string), typeof(string)]));

    /// <summary>Of the product's grains: which class, by which interface, and whether clients may.</summary>
    public static IReadOnlyList<(Type Class, Type Interface, MethodInfo Method, bool IsForClients)> OfGrains =>
    [
        .. from type in s_grains.GetTypes()
           where !type.IsAbstract && typeof(IGrainBase).IsAssignableFrom(type)
           from contract in type.GetInterfaces()
           where typeof(IGrainWithStringKey).IsAssignableFrom(contract)
               && contract.Namespace!.StartsWith("PgmCluster.", StringComparison.Ordinal)
           from method in contract.GetMethods()
           select (type, contract, method, IsForClients(method)),
    ];

    /// <summary>A grain by one of its interfaces, and by its class where several have it.</summary>
    public static object Reference(IGrainFactory client, Type contract, string key, Type type) =>
        s_getGrain.MakeGenericMethod(contract).Invoke(client, [key, type.FullName])!;

    /// <summary>Calls a method, every argument null or 0, and says what came of it.</summary>
    /// <returns>What it threw; null where it answered.</returns>
    public static async Task<Exception?> Call(object grain, MethodInfo method)
    {
        try
        {
            if (method.IsGenericMethodDefinition)
                method = method.MakeGenericMethod([.. method.GetGenericArguments().Select(a => a.GetGenericParameterConstraints()[0])]);
            var result = method.Invoke(grain, [.. method.GetParameters().Select(p => Nothing(p.ParameterType))]);
            switch (result)
            {
                case Task task:
                    await task;
                    break;
                case ValueTask task:
                    await task;
                    break;
                default:
                    await ((dynamic)Awaitable(result!));
                    break;
            }
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    public static bool IsDenied(Exception? outcome) => outcome is PgmException { Code: PgmErrorCode.Denied };

    /// <summary>Nobody hears what comes of such a call.</summary>
    public static bool IsOneWay(MethodInfo method) => method.IsDefined(typeof(OneWayAttribute));

    // By name: the attribute that opens a method of a silo's interface is the grains' own.
    private static bool IsForClients(MethodInfo method) => method.DeclaringType!.Assembly.IsDefined(typeof(ClientContractsAttribute))
        ? !method.IsDefined(typeof(ForSilosAttribute))
        : method.GetCustomAttributes().Any(a => a.GetType().Name == "ForClientsAttribute");

    private static object? Nothing(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    /// <summary>The first element of a stream, or the task behind a value's.</summary>
    private static object Awaitable(object result)
    {
        var type = result.GetType();
        if (type.GetMethod("AsTask") is { } task) return task.Invoke(result, null)!;
        var stream = type.GetInterfaces().Single(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>));
        return typeof(GrainMethods).GetMethod(nameof(First), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(stream.GenericTypeArguments).Invoke(null, [result])!;
    }

    private static async Task<bool> First<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (var _ in stream) return true;
        return false;
    }
}
