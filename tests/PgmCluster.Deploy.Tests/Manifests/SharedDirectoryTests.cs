using System.Diagnostics;
using k8s.Models;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>The shared directory, where it belongs to somebody else: what the manifests run first, run for real.</summary>
public sealed class SharedDirectoryTests : IDisposable
{
    private const uint Server = 65534, Group = 4242;

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-shared-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Silos_LookFirst_AsTheUserThatTheyAre(string overlay) => Assert.All(Overlay.Of(overlay).Silos, silo =>
    {
        var init = Assert.Single(silo.Pod.InitContainers);
        Assert.Null(init.SecurityContext.RunAsUser);
        Assert.Equal(silo.Pod.SecurityContext.RunAsGroup, silo.Pod.SecurityContext.FsGroup);
        var claim = silo.Pod.Volumes.Single(v => v.PersistentVolumeClaim is not null);
        Assert.Equal([claim.Name], init.VolumeMounts.Select(m => m.Name));
        foreach (var resource in new[] { "cpu", "memory" })
            Assert.True(init.Resources.Requests[resource].ToDecimal() <= silo.Container.Resources.Requests[resource].ToDecimal());
    });

    /// <summary>Every directory that the settings name is there afterwards.</summary>
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void SettingsDirectories_AreMade(string overlay)
    {
        NeedsRoot();
        var rendered = Overlay.Of(overlay);
        Own(_directory, Server, Group, "2770");

        Assert.All(rendered.Silos, silo =>
        {
            var (code, error) = Run(silo, Group);
            Assert.True(code == 0, error);
            var mount = silo.Container.VolumeMounts.Single(m => m.Name == "shared").MountPath;
            var environment = rendered.Environment(silo);
            foreach (var setting in new[] { "PGM_ARTIFACTS", "PGM_IMPORTROOTS" })
                Assert.True(Directory.Exists(environment[setting]!.Replace(mount, _directory, StringComparison.Ordinal)), $"{setting} is not made.");
        });
        Assert.Empty(Directory.GetFiles(_directory, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void GroupMayNotWrite_TheSiloDoesNotStart_AndOneLineSaysWhatToDo()
    {
        NeedsRoot();
        var silo = Overlay.Of("local-cpu").Silos.First();
        Own(_directory, Server, Group, "2770");

        var (code, error) = Run(silo, Group + 1);

        Assert.Equal(1, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => !l.StartsWith("mkdir:", StringComparison.Ordinal));
        Assert.Contains("/artifacts: not permitted for user 1654 with the groups 1654 4243. ", line);
        Assert.Contains("supplementalGroups", line);
    }

    /// <summary>Runs it with a group that the pod has beside its own, as fsGroup or supplementalGroups give it.</summary>
    private (int Code, string Error) Run(Workload silo, uint group)
    {
        var init = silo.Pod.InitContainers.Single();
        var context = silo.Pod.SecurityContext;
        var command = init.Command.Select(c => c.Replace(init.VolumeMounts.Single().MountPath, _directory, StringComparison.Ordinal));
        var start = new ProcessStartInfo(
            "setpriv",
            [$"--reuid={context.RunAsUser}", $"--regid={context.RunAsGroup}", $"--groups={context.RunAsGroup},{group}", "--bounding-set=-all",
                "--no-new-privs", .. command])
        { RedirectStandardError = true };
        start.Environment["HOSTNAME"] = "pgm-worker-x";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private static void Own(string path, uint user, uint group, string mode)
    {
        foreach (var (tool, what) in new[] { ("chown", $"{user}:{group}"), ("chmod", mode) })
        {
            using var process = Process.Start(tool, [what, path]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }

    private static void NeedsRoot()
    {
        if (Environment.UserName != "root") throw GoldenData.Skipped("only root can make a directory that belongs to others");
    }
}
