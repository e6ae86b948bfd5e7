using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PgmCluster.Client;

/// <summary>Where a gateway is, as people write it and as sockets want it.</summary>
internal static class GatewayAddress
{
    /// <summary>Reads <c>HOST:PORT</c>, where the host is a name or an address; null where it is not that.</summary>
    public static DnsEndPoint? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        return host.Length > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= 1 and <= 65535 ? new DnsEndPoint(host, port) : null;
    }

    /// <summary>All addresses that a gateway's name stands for now.</summary>
    /// <exception cref="SocketException">The name stands for none.</exception>
    public static async Task<IReadOnlyList<IPEndPoint>> ResolveAsync(DnsEndPoint gateway, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(gateway.Host, out var address)
            ? [address] : await Dns.GetHostAddressesAsync(gateway.Host, cancellationToken);
        return [.. addresses.Select(a => new IPEndPoint(a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a, gateway.Port))];
    }

    /// <summary>Whether a gateway accepts connections.</summary>
    /// <exception cref="SocketException">It refuses them.</exception>
    public static async Task ProbeAsync(IPEndPoint gateway, CancellationToken cancellationToken)
    {
        using var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway, cancellationToken);
    }
}
