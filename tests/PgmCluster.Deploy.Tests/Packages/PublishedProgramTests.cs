using System.Xml.Linq;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>What is published has nothing of what is only for tests.</summary>
public sealed class PublishedProgramTests
{
    private static readonly string s_sources = Path.Combine(RepositoryRoot.Path, "src") + Path.DirectorySeparatorChar;

    [Fact]
    public void Projects_OfWhatIsPublished_ReferToNoneOfTheTests()
    {
        var projects = Directory.GetFiles(s_sources, "*.csproj", SearchOption.AllDirectories);
        Assert.True(projects.Length > 5, $"only {projects.Length} projects were found");

        var references = projects.SelectMany(
            project => XDocument.Load(project).Descendants().Where(e => e.Name.LocalName is "ProjectReference" or "Compile" or "Content")
                .Where(e => e.Attribute("Include") is not null)
                .Select(e => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, e.Attribute("Include")!.Value)))).ToList();

        Assert.True(references.Count > 5, $"only {references.Count} references were found");
        Assert.DoesNotContain(
            references, r => r.StartsWith(Path.Combine(RepositoryRoot.Path, "tests"), StringComparison.Ordinal));
    }

    [Fact]
    public void Sources_OfWhatIsPublished_NameNoNamespaceOfTheTests()
    {
        var named = Directory.GetFiles(s_sources, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Where(
                file => File.ReadLines(file).Any(
                    line => line.Contains("namespace PgmCluster.Chaos", StringComparison.Ordinal)
                        || line.Contains("using PgmCluster.Chaos", StringComparison.Ordinal)
                        || line.Contains("using PgmCluster.TestSupport", StringComparison.Ordinal)));

        Assert.Empty(named);
    }
}
