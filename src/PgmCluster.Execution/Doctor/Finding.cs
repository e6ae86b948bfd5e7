namespace PgmCluster.Execution.Doctor;

/// <summary>One line of <c>pgm doctor</c>: what was looked at, what was found, and what to do where that is not right.</summary>
/// <param name="Subject">What was looked at, such as "artifact store" or "cuda:0 training step, float32".</param>
/// <param name="State">Whether it is right.</param>
/// <param name="Found">What was found, in one clause; figures with their units.</param>
/// <param name="Advice">What to do next, one sentence; null where nothing is to be done.</param>
public sealed record Finding(string Subject, FindingState State, string Found, string? Advice = null)
{
    public static Finding Ok(string subject, string found) => new(subject, FindingState.Ok, found);

    /// <summary>Something works, and not as well as it could.</summary>
    public static Finding Warning(string subject, string found, string advice) => new(subject, FindingState.Warning, found, advice);

    public static Finding Failed(string subject, string found, string advice) => new(subject, FindingState.Failed, found, advice);
}
