using System.Globalization;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Clusters;

/// <summary>How one silo of a throwaway cluster runs.</summary>
/// <param name="Name">Unique in its cluster; the same name again is the same silo after a restart.</param>
internal sealed record SiloPlan(string Name)
{
    /// <summary>As in <c>Pgm:Devices</c>; a control silo has none.</summary>
    public string Devices { get; init; } = "none";

    /// <summary>Cores of each of its devices.</summary>
    public int CoresPerDevice { get; init; } = 1;

    /// <summary>Further variables, such as PGM_FAULTS.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>A command that runs it somewhere else, such as "ip netns exec NAME".</summary>
    public IReadOnlyList<string> Within { get; init; } = [];

    /// <summary>A silo without devices, on which the jobs' grains prefer to live.</summary>
    public static SiloPlan Control(string name = "control") => new(name);

    /// <summary>A silo with one CPU device.</summary>
    public static SiloPlan Device(string name) => new(name) { Devices = "cpu:0" };

    /// <summary>The same with a gateway that stays where it is over restarts: clients know it by its address.</summary>
    public SiloPlan AtItsOwnPort()
    {
        var port = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        return With("PGM_GATEWAYPORT", port);
    }

    /// <summary>The same, and no client comes in by it.</summary>
    public SiloPlan WithoutGateway() => With("PGM_OPENSGATEWAY", "false");

    private SiloPlan With(string name, string value) => this with { Environment = new Dictionary<string, string?>(Environment) { [name] = value } };
}
