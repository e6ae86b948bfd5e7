namespace PgmCluster.TestSupport.Processes;

/// <summary>The program <c>dotnet</c>, as somebody starts it who runs no test.</summary>
public static class Dotnet
{
    /// <summary>A restore that waits for a source that is slow; nothing here takes minutes otherwise.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);

    /// <summary>The one that runs this process, as far as that is known.</summary>
    public static string Program => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>What the tests were built as, and what they use with them: "Release" or "Debug".</summary>
    public static string Configuration =>
        AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";

    /// <summary>Variables with which nothing of a build outlives it.</summary>
    public static IReadOnlyDictionary<string, string?> Variables { get; } = new Dictionary<string, string?>
    {
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    /// <summary>Runs it to its end.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="arguments">Its own.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="HarnessException">It failed; with all that it wrote.</exception>
    public static async Task<string> RunAsync(string directory, params string[] arguments)
    {
        using var process = ChildProcess.Start([Program, .. arguments], Variables, directory: directory);
        var code = await process.WaitForExitAsync(s_limit);
        return code == 0 ? process.Out : throw new HarnessException($"Running dotnet in {directory}: it ended with {code}.\n{process}");
    }
}
