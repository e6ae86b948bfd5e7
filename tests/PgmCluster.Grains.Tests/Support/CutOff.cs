using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Has the announcements of devices fail as if the scheduler could not be reached.</summary>
public sealed class CutOff : IOutgoingGrainCallFilter
{
    private volatile bool _isOn;

    public bool IsOn
    {
        get => _isOn;
        set => _isOn = value;
    }

    public Task Invoke(IOutgoingGrainCallContext context) =>
        IsOn && context.InterfaceMethod.DeclaringType == typeof(IDeviceSchedulerGrain)
            && context.MethodName == nameof(IDeviceSchedulerGrain.Announce)
            ? throw new TimeoutException("cut off by the test")
            : context.Invoke();
}
