using System.Diagnostics;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>Runs kubectl, which needs no cluster to render.</summary>
internal static class Kustomize
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public static string OverlaysDirectory { get; } = Path.Combine(RepositoryRoot.Path, "k8s", "overlays");

    /// <summary>Every overlay of the repository, so that a new one is tested from its first day.</summary>
    public static IReadOnlyList<string> Overlays { get; } = [.. Directory.GetDirectories(OverlaysDirectory).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    /// <summary>What <c>kubectl apply -k</c> would send.</summary>
    /// <exception cref="SkippedException">There is no kubectl.</exception>
    public static string Render(string directory)
    {
        Process process;
        try
        {
            process = Process.Start(
                new ProcessStartInfo("kubectl", ["kustomize", directory]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw GoldenData.Skipped("kubectl is not installed, so the manifests were not rendered");
        }
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(s_limit))
            {
                process.Kill();
                throw new TimeoutException($"kubectl kustomize {directory} did not end within {s_limit.TotalSeconds:0} s.");
            }
            if (process.ExitCode != 0) throw new InvalidOperationException($"kubectl kustomize {directory}: {error.Result}");
            return text.Result;
        }
    }
}
