using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Tests.Devices;

/// <summary>Limits of containers, from trees of files as the kernel shows them.</summary>
public sealed class MachineLimitsTests : IDisposable
{
    private const long Machine = 64L << 30;
    private readonly string _root = Directory.CreateTempSubdirectory("pgm-limits-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("150000 100000", 1)]
    [InlineData("50000 100000", 1)]
    [InlineData("400000 100000", 4)]
    [InlineData("399999 100000", 3)]
    [InlineData("max 100000", 8)]
    [InlineData("1600000 100000", 8)]
    public void Read_Version2_RoundsCoresDown(string limit, int cores)
    {
        Version2("/");
        Put("sys/fs/cgroup/cpu.max", limit);

        // The runtime counts 1.5 as 2, and never more than there are.
        Assert.Equal(cores, MachineLimits.Read(_root, 8, Machine).Cores);
    }

    [Fact]
    public void Read_Version2_TheNarrowestOfTheGroupsAround()
    {
        Version2("/pods/pod/container");
        Put("sys/fs/cgroup/pods/pod/container/cpu.max", "max 100000");
        Put("sys/fs/cgroup/pods/pod/container/memory.max", "max");
        Put("sys/fs/cgroup/pods/pod/cpu.max", "250000 100000");
        Put("sys/fs/cgroup/pods/memory.max", $"{2L << 30}");

        Assert.Equal(new MachineLimits(2, 2L << 30), MachineLimits.Read(_root, 8, Machine));
    }

    [Theory]
    [InlineData("/", "/box")]
    [InlineData("/box", "/box")]
    [InlineData("/box", "/elsewhere")]
    public void Read_Version1_QuotaAndMemory(string mountRoot, string group)
    {
        Put("proc/self/cgroup", $"5:cpu,cpuacct:{group}\n3:memory:{group}\n1:name=systemd:{group}\n");
        Put("proc/self/mountinfo",
            $"30 24 0:26 {mountRoot} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n31 24 0:27 {mountRoot} "
            + "/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
        var below = mountRoot == "/" ? "/box" : "";
        Put($"sys/fs/cgroup/cpu,cpuacct{below}/cpu.cfs_quota_us", "350000");
        Put($"sys/fs/cgroup/cpu,cpuacct{below}/cpu.cfs_period_us", "100000");
        Put($"sys/fs/cgroup/memory{below}/memory.limit_in_bytes", $"{1L << 30}");

        Assert.Equal(new MachineLimits(3, 1L << 30), MachineLimits.Read(_root, 8, Machine));
    }

    [Fact]
    public void Read_Version1_WithoutLimits_IsTheMachine()
    {
        Put("proc/self/cgroup", "5:cpu,cpuacct:/\n3:memory:/\n");
        Put(
            "proc/self/mountinfo",
            "30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup "
            + "rw,memory\n");
        Put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
        Put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");

        Assert.Equal(new MachineLimits(8, Machine), MachineLimits.Read(_root, 8, Machine));
        Assert.Equal(new MachineLimits(8, Machine), MachineLimits.Read(Path.Combine(_root, "nowhere"), 8, Machine));
    }

    [Fact]
    public void CacheBytes_FollowTheLimit()
    {
        Assert.Equal(1L << 30, new MachineLimits(8, Machine).CacheBytes);
        Assert.Equal(64L << 20, new MachineLimits(8, 512L << 20).CacheBytes);
    }

    private void Version2(string group)
    {
        Put("proc/self/cgroup", $"0::{group}\n");
        Put(
            "proc/self/mountinfo",
            "24 1 0:22 / /sys rw - sysfs sysfs rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
    }

    private void Put(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
