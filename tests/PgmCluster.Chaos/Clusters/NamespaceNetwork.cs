using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Clusters;

/// <summary>Hosts of their own on this machine: network namespaces on a switch, so that cables can be pulled and made slow.</summary>
internal sealed class NamespaceNetwork : IAsyncDisposable
{
    /// <summary>Where this process is on a network that was made around it.</summary>
    public const string OwnAddress = "10.77.0.254";

    private static readonly string[] s_paths = ["/sbin", "/usr/sbin", "/bin", "/usr/bin"];

    // A bucket holds what the rate brings in several of the kernel's ticks, or the rate is not reached.
    private static readonly string[] s_usual = ["rate", "1gbit", "burst", "2mb", "latency", "50ms"];
    private static readonly string[] s_slow = ["rate", "10mbit", "burst", "64kb", "latency", "400ms"];

    private readonly string _prefix = $"pgm{Environment.ProcessId}";
    private readonly bool _here;
    private readonly int _hosts;

    private NamespaceNetwork(int hosts, bool here) => (_hosts, _here) = (hosts, here);

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing { get; } =
        !Environment.IsPrivilegedProcess ? "network namespaces need root"
        : new[] { "ip", "tc" }.FirstOrDefault(program => !s_paths.Any(path => File.Exists(Path.Combine(path, program)))) is { } program
            ? $"there is no program '{program}'; install iproute2" : null;

    private string Switch => $"{_prefix}sw";

    /// <summary>A network that this process is not on.</summary>
    /// <exception cref="HarnessException">It cannot be made; see <see cref="Missing"/>.</exception>
    public static Task<NamespaceNetwork> CreateAsync(int hosts) => CreateAsync(new NamespaceNetwork(hosts, here: false));

    /// <summary>
    /// A network with its switch in this process's own namespace, which it must have to itself: it is on the network, at
    /// <see cref="OwnAddress"/>.
    /// </summary>
    /// <inheritdoc cref="CreateAsync(int)" path="/exception"/>
    public static Task<NamespaceNetwork> CreateHereAsync(int hosts) => CreateAsync(new NamespaceNetwork(hosts, here: true));

    public string Host(int number) => $"{_prefix}h{number}";

    public static string Address(int number) => $"10.77.0.{number + 1}";

    /// <summary>What runs a program on a host.</summary>
    public IReadOnlyList<string> On(int number) => ["ip", "netns", "exec", Host(number)];

    /// <summary>Nothing gets from or to the host any more; no connection is told so.</summary>
    public Task CutOffAsync(int number) => AtSwitch("ip", "link", "set", Port(number), "down");

    public Task HealAsync(int number) => AtSwitch("ip", "link", "set", Port(number), "up");

    /// <summary>Gives all cables a bandwidth, 1 Gbit/s each way; without it they have the machine's.</summary>
    public async Task LimitAsync()
    {
        for (var i = 0; i < _hosts; i++) await Limit(i, s_usual);
    }

    /// <summary>Gives the host's cable 1% of that.</summary>
    public Task SlowDownAsync(int number) => Limit(number, s_slow);

    /// <summary>Gives it what the others have.</summary>
    public Task SpeedUpAsync(int number) => Limit(number, s_usual);

    public async ValueTask DisposeAsync()
    {
        await Quietly(Enumerable.Range(0, _hosts).Select(i => new[] { "ip", "netns", "delete", Host(i) })
            .Append(_here ? ["ip", "link", "delete", "br0"] : ["ip", "netns", "delete", Switch]));
    }

    private static async Task<NamespaceNetwork> CreateAsync(NamespaceNetwork network)
    {
        if (Missing is { } missing) throw new HarnessException($"Making a network of {network._hosts} hosts: {missing}.");
        try
        {
            if (!network._here) await ChildProcess.RunAsync(["ip", "netns", "add", network.Switch]);
            await network.AtSwitch("ip", "link", "add", "br0", "type", "bridge");
            if (network._here) await network.AtSwitch("ip", "address", "add", $"{OwnAddress}/24", "dev", "br0");
            await network.AtSwitch("ip", "link", "set", "br0", "up");
            for (var i = 0; i < network._hosts; i++) await network.AddHost(i);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    private static string Port(int number) => $"p{number}";

    private async Task AddHost(int number)
    {
        await ChildProcess.RunAsync(["ip", "netns", "add", Host(number)]);
        await AtSwitch("ip", "link", "add", Port(number), "type", "veth", "peer", "name", "eth0", "netns", Host(number));
        await AtSwitch("ip", "link", "set", Port(number), "master", "br0", "up");
        await At(Host(number), "ip", "address", "add", $"{Address(number)}/24", "dev", "eth0");
        await At(Host(number), "ip", "link", "set", "eth0", "up");
        await At(Host(number), "ip", "link", "set", "lo", "up");
    }

    /// <summary>Both ends of a cable: each shapes what goes into it.</summary>
    private async Task Limit(int number, string[] rate)
    {
        await AtSwitch("tc", ["qdisc", "replace", "dev", Port(number), "root", "tbf", .. rate]);
        await At(Host(number), "tc", ["qdisc", "replace", "dev", "eth0", "root", "tbf", .. rate]);
    }

    private Task AtSwitch(string program, params string[] arguments) =>
        _here ? ChildProcess.RunAsync([program, .. arguments]) : At(Switch, program, arguments);

    private static Task At(string space, string program, params string[] arguments) =>
        ChildProcess.RunAsync([program, "-n", space, .. arguments]);

    private static async Task Quietly(IEnumerable<string[]> commands)
    {
        foreach (var command in commands)
        {
            try
            {
                await ChildProcess.RunAsync(command);
            }
            catch (HarnessException)
            {
                // It was not made.
            }
        }
    }
}
