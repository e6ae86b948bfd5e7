namespace PgmCluster.TestSupport;

/// <summary>Ends a test that cannot run here; see <see cref="SkippingTestFramework"/>.</summary>
public sealed class SkippedException(string reason) : Exception(GoldenData.SkipToken + reason);
