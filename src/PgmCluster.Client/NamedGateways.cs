using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Runtime;

namespace PgmCluster.Client;

/// <summary>
/// Tells Orleans where gateways are. It begins with those that accept connections, for it would go on asking one that is gone for seconds
/// before it takes the next; from then on it is given all, and its silence tells it which are gone.
/// </summary>
internal sealed class NamedGateways(IOptions<PgmClientOptions> options, IOptions<GatewayOptions> refreshing) : IGatewayListProvider
{
    private static readonly TimeSpan s_probe = TimeSpan.FromSeconds(3), s_pause = TimeSpan.FromMilliseconds(200);

    private readonly DnsEndPoint[] _gateways = [.. options.Value.Gateways.Select(g => GatewayAddress.Parse(g)!)];
    private readonly ConcurrentDictionary<DnsEndPoint, IReadOnlyList<IPEndPoint>> _known = new();
    private IReadOnlyList<IPEndPoint> _live = [];
    private bool _isGiven;

    /// <inheritdoc/>
    public TimeSpan MaxStaleness => refreshing.Value.GatewayListRefreshPeriod;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <summary>As the user wrote them.</summary>
    public IEnumerable<string> Names => options.Value.Gateways;

    /// <summary>Looks for gateways that accept connections.</summary>
    /// <returns>How many do.</returns>
    /// <exception cref="SocketException">None does, and this client does not wait for them.</exception>
    /// <exception cref="OperationCanceledException">None did until then.</exception>
    public async Task<int> FindAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var tried = await Task.WhenAll(_gateways.Select(g => TryAsync(g, cancellationToken)));
            _live = [.. tried.SelectMany(t => t.Live)];
            if (_live.Count > 0) return _live.Count;
            cancellationToken.ThrowIfCancellationRequested();
            LastError = tried.Select(t => t.Error).OfType<Exception>().First();
            if (!options.Value.WaitsForGateways) throw LastError;
            await Task.Delay(s_pause, cancellationToken);
        }
    }

    /// <summary>Why one accepted no connection when they were tried last.</summary>
    public Exception? LastError { get; private set; }

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        var isFirst = !_isGiven && _live.Count > 0;
        _isGiven = true;
        var found = isFirst ? _live : [.. (await Task.WhenAll(_gateways.Select(KnownAsync))).SelectMany(a => a)];
        return [.. found.Select(a => a.ToGatewayUri())];
    }

    private async Task<(IReadOnlyList<IPEndPoint> Live, Exception? Error)> TryAsync(
        DnsEndPoint gateway, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // With one alone there is nothing to go on to.
        if (_gateways.Length > 1) patience.CancelAfter(s_probe);
        try
        {
            var addresses = _known[gateway] = await GatewayAddress.ResolveAsync(gateway, patience.Token);
            var tried = await Task.WhenAll(addresses.Select(a => ProbeAsync(a, patience.Token)));
            return ([.. tried.Where(t => t.Error is null).Select(t => t.Address)], tried.FirstOrDefault(t => t.Error is not null).Error);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return ([], e);
        }
    }

    private static async Task<(IPEndPoint Address, Exception? Error)> ProbeAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            await GatewayAddress.ProbeAsync(address, cancellationToken);
            return (address, null);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return (address, e);
        }
    }

    /// <summary>What a name stands for now, or stood for when that could be found out last.</summary>
    private async Task<IReadOnlyList<IPEndPoint>> KnownAsync(DnsEndPoint gateway)
    {
        try
        {
            return _known[gateway] = await GatewayAddress.ResolveAsync(gateway, CancellationToken.None);
        }
        catch (SocketException)
        {
            return _known.GetValueOrDefault(gateway, []);
        }
    }
}
