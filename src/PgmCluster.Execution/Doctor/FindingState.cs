namespace PgmCluster.Execution.Doctor;

/// <summary>What <c>pgm doctor</c> thinks of one thing that it looked at.</summary>
public enum FindingState
{
    Ok,
    Warning,
    Failed,
}
