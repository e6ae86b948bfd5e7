using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Docs;

/// <summary>What users read: paths from the repository's root, with their text.</summary>
internal static class Pages
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new[] { "README.md" }
            .Concat(new[] { "deploy", "docker", "k8s" }.SelectMany(d => Directory.GetFiles(
                Path.Combine(RepositoryRoot.Path, d), "*.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(RepositoryRoot.Path, f))))
            .Order(StringComparer.Ordinal)
            .ToDictionary(p => p, p => File.ReadAllText(Path.Combine(RepositoryRoot.Path, p)));
}
