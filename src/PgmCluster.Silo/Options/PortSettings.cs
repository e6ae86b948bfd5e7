namespace PgmCluster.Silo.Options;

/// <summary>The settings that are TCP ports.</summary>
internal static class PortSettings
{
    /// <summary>What is not usable of them, one line each.</summary>
    public static IReadOnlyList<string> Problems(SiloOptions silo)
    {
        var problems = new List<string>();
        if (silo.SiloPort is < 0 or > 65535) problems.Add($"Pgm:SiloPort is {silo.SiloPort}: use 0 to 65535");
        if (silo.GatewayPort is < 0 or > 65535) problems.Add($"Pgm:GatewayPort is {silo.GatewayPort}: use 0 to 65535");
        if (silo.DataPort is < 0 or > 65535) problems.Add($"Pgm:DataPort is {silo.DataPort}: use 0 to 65535");
        if (silo.SiloPort != 0 && silo.SiloPort == silo.GatewayPort)
            problems.Add($"Pgm:SiloPort and Pgm:GatewayPort are both {silo.SiloPort}: use two ports");
        if (silo.DataPort != 0 && (silo.DataPort == silo.SiloPort || silo.DataPort == silo.GatewayPort))
            problems.Add($"Pgm:DataPort is {silo.DataPort} as another port is: use a port of its own");
        if (silo.HealthPort is < 0 or > 65535) problems.Add($"Pgm:HealthPort is {silo.HealthPort}: use 0 to 65535");
        if (silo.HealthPort != 0
            && (silo.HealthPort == silo.SiloPort || silo.HealthPort == silo.GatewayPort || silo.HealthPort == silo.DataPort))
            problems.Add($"Pgm:HealthPort is {silo.HealthPort} as another port is: use a port of its own");
        if (silo.MetricsPort is < 0 or > 65535) problems.Add($"Pgm:MetricsPort is {silo.MetricsPort}: use 0 to 65535");
        if (silo.MetricsPort != 0
            && new[] { silo.SiloPort, silo.GatewayPort, silo.DataPort, silo.HealthPort }.Contains(silo.MetricsPort))
            problems.Add($"Pgm:MetricsPort is {silo.MetricsPort} as another port is: use a port of its own");
        if (silo.ApiPort is < 0 or > 65535) problems.Add($"Pgm:ApiPort is {silo.ApiPort}: use 0 to 65535");
        if (silo.ApiPort != 0
            && new[] { silo.SiloPort, silo.GatewayPort, silo.DataPort, silo.HealthPort, silo.MetricsPort }.Contains(silo.ApiPort))
            problems.Add($"Pgm:ApiPort is {silo.ApiPort} as another port is: use a port of its own");
        return problems;
    }
}
