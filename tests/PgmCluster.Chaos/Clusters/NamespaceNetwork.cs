using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Clusters;

/// <summary>
/// Hosts of their own on this machine: network namespaces on a switch that sits in another one, so that cables can be pulled.
/// </summary>
internal sealed class NamespaceNetwork : IAsyncDisposable
{
    private readonly string _prefix;
    private readonly int _hosts;

    private NamespaceNetwork(string prefix, int hosts) => (_prefix, _hosts) = (prefix, hosts);

    private string Switch => $"{_prefix}sw";

    /// <exception cref="SkippedException">Namespaces cannot be made here.</exception>
    public static async Task<NamespaceNetwork> CreateAsync(int hosts)
    {
        if (!Environment.IsPrivilegedProcess) throw new SkippedException("Network namespaces need root.");
        if (!File.Exists("/sbin/ip") && !File.Exists("/usr/sbin/ip") && !File.Exists("/usr/bin/ip"))
            throw new SkippedException("There is no program 'ip'; install iproute2.");
        var network = new NamespaceNetwork($"pgm{Environment.ProcessId}", hosts);
        try
        {
            await Ip("netns", "add", network.Switch);
            await Ip("-n", network.Switch, "link", "add", "br0", "type", "bridge");
            await Ip("-n", network.Switch, "link", "set", "br0", "up");
            for (var i = 0; i < hosts; i++) await network.AddHost(i);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public string Host(int number) => $"{_prefix}h{number}";

    public static string Address(int number) => $"10.77.0.{number + 1}";

    /// <summary>What runs a program on a host.</summary>
    public IReadOnlyList<string> On(int number) => ["ip", "netns", "exec", Host(number)];

    /// <summary>Nothing gets from or to the host any more; no connection is told so.</summary>
    public Task CutOffAsync(int number) => Ip("-n", Switch, "link", "set", Port(number), "down");

    public Task HealAsync(int number) => Ip("-n", Switch, "link", "set", Port(number), "up");

    public async ValueTask DisposeAsync()
    {
        foreach (var name in Enumerable.Range(0, _hosts).Select(Host).Append(Switch))
        {
            try
            {
                await Ip("netns", "delete", name);
            }
            catch (HarnessException)
            {
                // It was not made.
            }
        }
    }

    private static string Port(int number) => $"p{number}";

    private async Task AddHost(int number)
    {
        await Ip("netns", "add", Host(number));
        await Ip("-n", Switch, "link", "add", Port(number), "type", "veth", "peer", "name", "eth0", "netns", Host(number));
        await Ip("-n", Switch, "link", "set", Port(number), "master", "br0", "up");
        await Ip("-n", Host(number), "address", "add", $"{Address(number)}/24", "dev", "eth0");
        await Ip("-n", Host(number), "link", "set", "eth0", "up");
        await Ip("-n", Host(number), "link", "set", "lo", "up");
    }

    private static Task Ip(params string[] arguments) => ChildProcess.RunAsync(["ip", .. arguments]);
}
