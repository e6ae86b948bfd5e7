namespace PgmCluster.Silo.Options;

/// <summary>The settings that are TCP ports.</summary>
internal static class PortSettings
{
    /// <summary>What is not usable of them, one line each.</summary>
    public static IReadOnlyList<string> Problems(SiloOptions silo)
    {
        (string Name, int Number)[] ports =
        [
            ("SiloPort", silo.SiloPort), ("GatewayPort", silo.GatewayPort), ("DataPort", silo.DataPort), ("HealthPort", silo.HealthPort),
            ("MetricsPort", silo.MetricsPort), ("ApiPort", silo.TakesAnyApiPort ? 0 : silo.ApiPort),
        ];
        var problems = new List<string>();
        foreach (var (i, (name, number)) in ports.Index())
        {
            if (number is < 0 or > 65535) problems.Add($"Pgm:{name} is {number}: use 0 to 65535");
            if (number == 0 || ports.Take(i).All(p => p.Number != number)) continue;
            problems.Add(name == "GatewayPort"
                ? $"Pgm:SiloPort and Pgm:GatewayPort are both {number}: use two ports"
                : $"Pgm:{name} is {number} as another port is: use a port of its own");
        }
        return problems;
    }
}
