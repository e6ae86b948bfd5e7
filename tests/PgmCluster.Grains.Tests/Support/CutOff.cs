using PgmCluster.Grains.Leases;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Has the heartbeats of silos fail as if nobody who renews leases could be reached.</summary>
public sealed class CutOff : IOutgoingGrainCallFilter
{
    private volatile bool _isOn;

    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }

    public Task Invoke(IOutgoingGrainCallContext context) =>
        IsOn && context.InterfaceMethod.DeclaringType == typeof(ILeaseGrain) && context.MethodName == nameof(ILeaseGrain.Renew)
            ? throw new TimeoutException("cut off by the test")
            : context.Invoke();
}
