using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PgmCluster.Deploy.Tests.Manifests;
using PgmCluster.Deploy.Tests.Settings;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Images;

public sealed partial class ImageTests
{
    private const string Own = "pgm/";

    private static string Version { get; } =
        XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("Version").Single().Value;

    public static TheoryData<string> Targets => ["silo", "silo-cuda", "cli"];

    public static TheoryData<string> Scripts => ["docker/smoke", "docker/build-offline", "tests/rehearsal"];

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Images_AreTargetsOfTheDockerfile_AndHaveAVersion(string overlay)
    {
        foreach (var workload in Overlay.Of(overlay).Workloads)
        {
            // A node needs one image, and the version of one.
            Assert.All(workload.Pod.InitContainers ?? [], init => Assert.Equal(workload.Container.Image, init.Image));
            var image = Image().Match(workload.Container.Image);
            Assert.True(image.Success, $"{workload} runs '{workload.Container.Image}', which has no tag.");
            Assert.NotEqual("latest", image.Groups["tag"].Value);
            var name = image.Groups["name"].Value;
            if (!name.StartsWith(Own, StringComparison.Ordinal)) continue;
            Assert.Contains(Dockerfile.Stages, s => s.Name == name[Own.Length..]);
            Assert.Equal(Version, image.Groups["tag"].Value);
        }
    }

    /// <summary>As k8s/README.md says to pin what was pushed.</summary>
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Digests_OfTheOverlaysImages_ReachEveryContainer(string overlay)
    {
        var digest = "sha256:" + new string('a', 64);
        string[] names = ["silo", "silo-cuda", "cli"];
        var pinned = Overlay.With(overlay, "internet", "images:\n" + string.Concat(names.Select(n => $"  - name: pgm/{n}\n    newName: registry.example.org/{n}\n    digest: {digest}\n")));

        Assert.All(
            pinned.Workloads.Where(w => w.Kind == "Deployment").SelectMany(w => w.Pod.Containers.Concat(w.Pod.InitContainers ?? [])),
            container => Assert.Matches($"^registry.example.org/({string.Join('|', names)})@{digest}$", container.Image));
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Users_AreTheImagesOwn(string overlay) => Assert.All(
        Overlay.Of(overlay).Workloads.Where(w => w.Container.Image.StartsWith(Own, StringComparison.Ordinal)),
        workload => Assert.Equal(User("silo"), $"{workload.Pod.SecurityContext.RunAsUser}:{workload.Pod.SecurityContext.RunAsGroup}"));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_IsNotRoot_KeepsItsFilesInData_AndReceivesSignals(string target)
    {
        Assert.Matches("^[1-9][0-9]*:[1-9][0-9]*$", User(target));
        Assert.Contains(
            Dockerfile.Line(target).SelectMany(s => s.Instructions),
            i => i.Name == "ENV" && i.Text.Contains("PGM_HOME=/data", StringComparison.Ordinal));
        Assert.StartsWith("[", Dockerfile.Get(target).Instructions.Single(i => i.Name == "ENTRYPOINT").Text);
    }

    [Fact]
    public void BaseImages_HaveTheFrameworksVersion()
    {
        var names = Dockerfile.Stages.Select(s => s.Name).ToHashSet();

        Assert.All(Dockerfile.Stages.Where(s => !names.Contains(s.From)), stage => Assert.EndsWith(":10.0", stage.From));
    }

    [Fact]
    public void Restore_KnowsEveryProject()
    {
        var projects = Directory.GetFiles(
            Path.Combine(RepositoryRoot.Path, "src"), "*.csproj",
            SearchOption.AllDirectories).Select(p => Path.GetRelativePath(RepositoryRoot.Path, p));
        var copied = Dockerfile.Get("source").Instructions.Where(i => i.Name == "COPY").SelectMany(i => i.Text.Split(' ')).Where(
            word => word.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.Equal(projects.Order(), copied.Order());
    }

    [Fact]
    public void CopiedFiles_Exist_AndAreNotIgnored()
    {
        var let = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, ".dockerignore")).Where(l => l.StartsWith('!'))
            .Select(l => l[1..].TrimEnd('*', '.')).ToList();
        var sources = Dockerfile.Stages.SelectMany(s => s.Instructions).Where(
            i => i.Name == "COPY" && !i.Text.StartsWith("--from", StringComparison.Ordinal)).SelectMany(i => i.Text.Split(' ')[..^1]);

        Assert.All(sources, source =>
        {
            Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, source)), $"docker/Dockerfile copies {source}, which is not there.");
            Assert.True(let.Any(l => source.StartsWith(l, StringComparison.Ordinal)), $".dockerignore keeps {source} out of the build.");
        });
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_IsExecutable_Parses_AndUsesKnownSettings(string script)
    {
        var path = Path.Combine(RepositoryRoot.Path, script);
        using var bash = Process.Start("bash", ["-n", path]);
        bash.WaitForExit();

        Assert.Equal(0, bash.ExitCode);
        Assert.True(
            OperatingSystem.IsWindows() || File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute), $"{script} is not executable.");
        Assert.All(Variable().Matches(File.ReadAllText(path)).Select(m => m.Groups[1].Value),
            name => Assert.True(
                SiloSettings.IsVariable(name) || SiloSettings.OfClients.Contains(name), $"{script} sets {name}, which nothing reads."));
    }

    private static string User(string target) =>
        Dockerfile.Line(target).Select(s => s.Instructions.LastOrDefault(i => i.Name == "USER").Text).First(user => user is not null)!;

    [GeneratedRegex(@"^(?<name>.+):(?<tag>[\w.-]+)$")]
    private static partial Regex Image();

    [GeneratedRegex(@"-e (PGM_\w+)=")]
    private static partial Regex Variable();
}
