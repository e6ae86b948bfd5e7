using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace PgmCluster.Grains.Placement;

/// <summary>
/// Has grains that coordinate go back to a control silo, once there is one again: while there was none they were placed beside devices, where
/// whatever makes the silo hang holds up everybody who asks them. One goes between two of its calls: it deactivates, and the next call places
/// it anew.
/// </summary>
/// <param name="membership">Who is there.</param>
/// <param name="local">This silo.</param>
/// <param name="services">Of the silo.</param>
/// <param name="time">Tells how long a control silo has been there.</param>
/// <param name="logger">Told who goes.</param>
internal sealed partial class ReturnToControl(
    IClusterMembershipService membership, ILocalSiloDetails local, IServiceProvider services, TimeProvider time,
    ILogger<ReturnToControl> logger) : IIncomingGrainCallFilter
{
    /// <summary>One that has just come is not gone to yet: where it starts again and again, nobody follows it to and fro.</summary>
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(5);

    /// <summary>A grain that was placed here again, as the control silo is of another version, stays for so long.</summary>
    private static readonly TimeSpan s_stay = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private readonly ILogger _logger = logger;
    private readonly ConcurrentDictionary<Type, bool> _returns = new();
    private readonly ConditionalWeakTable<IGrainContext, Calls> _calls = [];
    private readonly ConcurrentDictionary<GrainId, long> _left = new();
    private readonly Lock _gate = new();
    private long _looked;
    private long _since;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        // Watching goes on all the time and holds nobody up: who watches asks again at the new place.
        if (context.Grain is not IGrainBase grain || !Returns(grain.GetType()) || !IsOwn(context))
        {
            await context.Invoke();
            return;
        }
        var id = grain.GrainContext.GrainId;
        // Of this activation: what one that has gone was at says nothing of the next.
        var calls = _calls.GetOrCreateValue(grain.GrainContext);
        Interlocked.Increment(ref calls.Running);
        try
        {
            await context.Invoke();
        }
        finally
        {
            // Others would have to wait for the end of one that takes long, also those that are answered beside it.
            if (Interlocked.Decrement(ref calls.Running) == 0 && IsDue(id)) Leave(grain, id);
        }
    }

    private bool Returns(Type grain) => _returns.GetOrAdd(grain, static type =>
        type.GetCustomAttributes(typeof(PreferControlSiloAttribute), inherit: true) is [PreferControlSiloAttribute { Returns: true }]);

    /// <summary>A call of the program's own, or a timer of the grain's.</summary>
    private static bool IsOwn(IIncomingGrainCallContext context) =>
        context.InterfaceMethod?.DeclaringType?.Namespace?.StartsWith("PgmCluster.", StringComparison.Ordinal) == true
        || context.Request.GetInterfaceName() == "IGrainTimerInvoker";

    private bool IsDue(GrainId id) =>
        IsControlThere() && (!_left.TryGetValue(id, out var left) || time.GetElapsedTime(left) >= s_stay);

    private void Leave(IGrainBase grain, GrainId id)
    {
        foreach (var (other, left) in _left)
        {
            if (time.GetElapsedTime(left) >= s_stay) _left.TryRemove(KeyValuePair.Create(other, left));
        }
        _left[id] = time.GetTimestamp();
        LogGoes(id);
        grain.DeactivateOnIdle();
    }

    /// <summary>Whether this silo has devices, and one without has been there for a while.</summary>
    private bool IsControlThere()
    {
        lock (_gate)
        {
            if (_looked == 0 || time.GetElapsedTime(_looked) >= s_look)
            {
                _looked = time.GetTimestamp();
                if (!Look()) _since = 0;
                else if (_since == 0) _since = _looked;
            }
            return _since != 0 && time.GetElapsedTime(_since) >= s_settled;
        }
    }

    private bool Look()
    {
        // Missing in a silo that was set up without metadata.
        if (services.GetService<ISiloMetadataCache>() is not { } metadata) return false;
        if (DevicesOf(local.SiloAddress) is not { Length: > 0 }) return false;
        return membership.CurrentSnapshot.Members.Values.Any(
            member => member.Status == SiloStatus.Active && DevicesOf(member.SiloAddress) is { Length: 0 });

        string? DevicesOf(SiloAddress silo) => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(PreferControlSiloPlacement.DevicesKey);
    }

    private sealed class Calls
    {
        public int Running;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Grain} goes back to a control silo")]
    private partial void LogGoes(GrainId grain);
}
