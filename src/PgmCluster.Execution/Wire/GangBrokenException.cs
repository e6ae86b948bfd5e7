namespace PgmCluster.Execution.Wire;

/// <summary>
/// The present generation cannot go on. The state is whole, as of the last step that was applied: the member goes to the next meeting.
/// </summary>
/// <param name="message">What happened.</param>
/// <param name="lost">Workers that are gone.</param>
public sealed class GangBrokenException(string message, IReadOnlyList<string> lost) : Exception(message)
{
    public IReadOnlyList<string> Lost { get; } = lost;
}
