using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Errors;

/// <summary>The options of a silo are not usable. Nothing was started; retrying without a change does not help.</summary>
public sealed class SiloOptionsException(IReadOnlyList<string> problems)
    : Exception($"Trying to start a silo: {string.Join("; ", problems)}.")
{
    /// <summary>One sentence per unusable value, naming key, value and the legal range.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
