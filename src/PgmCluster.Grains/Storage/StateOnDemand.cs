using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Storage;

namespace PgmCluster.Grains.Storage;

/// <summary>Makes what a grain's constructor asks for by <see cref="StateOnDemandAttribute"/>.</summary>
internal sealed class StateOnDemand : IAttributeToFactoryMapper<StateOnDemandAttribute>
{
    private static readonly MethodInfo s_make =
        typeof(StateOnDemand).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!;

    public Factory<IGrainContext, object> GetFactory(ParameterInfo parameter, StateOnDemandAttribute metadata)
    {
        var make = s_make.MakeGenericMethod(parameter.ParameterType.GenericTypeArguments)
            .CreateDelegate<Func<StateOnDemandAttribute, IGrainContext, object>>();
        return context => make(metadata, context);
    }

    /// <summary>Empty until it is read or set.</summary>
    private static object Make<TState>(StateOnDemandAttribute metadata, IGrainContext context) where TState : new() => new Record<TState>(
        metadata.StateName, context, context.ActivationServices.GetRequiredKeyedService<IGrainStorage>(metadata.StorageName))
    {
        State = new TState(),
    };

    private sealed class Record<TState>(string name, IGrainContext context, IGrainStorage storage)
        : StateStorageBridge<TState>(name, context, storage), IPersistentState<TState>;
}
