namespace PgmCluster.Silo.Tests;

/// <summary>A test that mounts file systems.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) Skip = "needs root on Linux: it mounts a small tmpfs";
        else if (SmallDisk.WhyNot is { } reason) Skip = $"mounting a tmpfs does not work here: {reason}";
    }
}
