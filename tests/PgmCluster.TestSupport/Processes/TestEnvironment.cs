namespace PgmCluster.TestSupport.Processes;

/// <summary>
/// What tests and the processes that they start have of the environment in which somebody started them: no setting of a silo or a client,
/// or a test would reach a cluster that is in use, and nothing of the build engine that runs them.
/// </summary>
public static class TestEnvironment
{
    /// <summary>What is said to tests, and which libtorch a build without one is to load.</summary>
    public static IReadOnlySet<string> Kept { get; } = new HashSet<string>
    {
        "PGM_APPROVE_API", "PGM_APPROVE_CONTRACT", "PGM_CATALOG_JOBS", "PGM_FULL_SIZE", "PGM_GOLDEN", "PGM_KILLS", "PGM_LIBTORCH",
        "PGM_LIBTORCHANYVERSION", "PGM_MUTATIONS", "PGM_SCALAR_OPERATIONS", "PGM_WRITE_RECORDED", "PGM_WRITE_SAMPLES",
    };

    /// <summary>Clears this process's.</summary>
    public static void Clear()
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsForeign))
            Environment.SetEnvironmentVariable(name, null);
    }

    /// <summary>Clears that of a process to be started.</summary>
    public static void Clear(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(IsForeign).ToList()) environment.Remove(name);
    }

    private static bool IsForeign(string name) =>
        (name.StartsWith("PGM_", StringComparison.OrdinalIgnoreCase) && !Kept.Contains(name))
        || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase);
}
