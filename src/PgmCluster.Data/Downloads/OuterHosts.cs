using System.Net;
using System.Net.Sockets;

namespace PgmCluster.Data.Downloads;

/// <summary>
/// Which addresses belong to anybody on the internet: neither to this machine, nor to an inner network, nor to a cloud's services for its
/// machines, which give credentials to whoever asks.
/// </summary>
internal static class OuterHosts
{
    /// <summary>Of the registries of special addresses (RFC 6890 and what was added to it), and Azure's 168.63.129.16.</summary>
    private static readonly IPNetwork[] Inner =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7",
            "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>IPv4 behind a translator (RFC 6052): the last four bytes are the address that is reached.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether an address is one of the internet.</summary>
    public static bool IsOuter(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && Translated.Contains(address))
            address = new IPAddress(address.GetAddressBytes().AsSpan(12));
        // A scope is no part of the address.
        if (address.AddressFamily == AddressFamily.InterNetworkV6) address = new IPAddress(address.GetAddressBytes());
        return !Inner.Any(n => n.Contains(address));
    }
}
