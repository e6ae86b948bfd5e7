using PgmCluster.Execution.Faults;
using PgmCluster.Faults;

/// <summary>
/// Loaded before a program's Main where <c>DOTNET_STARTUP_HOOKS</c> names this assembly: what the tests do to a process at its fault points
/// is in the process only then. The runtime wants a class of this name outside any namespace.
/// </summary>
#pragma warning disable CA1050
internal static class StartupHook
{
    public static void Initialize()
    {
        var (faults, gates) = (PlannedFaults.FromEnvironment(), Gates.FromEnvironment());
        FaultPoint.Handler = place =>
        {
            faults?.Reached(place);
            gates?.Reached(place);
        };
    }
}
