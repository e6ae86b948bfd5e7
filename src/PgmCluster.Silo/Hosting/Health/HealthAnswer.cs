namespace PgmCluster.Silo.Hosting.Health;

/// <summary>The answer to one probe.</summary>
/// <param name="Ok">False where the prober should act.</param>
/// <param name="Text">One line that says why; a prober's event log shows it.</param>
internal sealed record HealthAnswer(bool Ok, string Text);
