namespace PgmCluster.Execution.Tests.Gangs.Processes;

/// <summary>What a member's process says.</summary>
/// <param name="Kind">ready, meet, step or done.</param>
internal sealed record MemberLine(string Kind)
{
    /// <summary>What its lines begin with.</summary>
    public const string Mark = "@";

    public long Step { get; init; }

    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Its address when it is ready, its threads at a step, its outcome at the end.</summary>
    public string Text { get; init; } = "";

    /// <summary>That it has made to others so far.</summary>
    public long Connections { get; init; }

    /// <summary>Of states, that it has sent to others so far.</summary>
    public long StateBytes { get; init; }
}
