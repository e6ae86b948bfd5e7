namespace PgmCluster.Cli.Output;

/// <summary>Chooses how progress is shown.</summary>
internal static class ProgressBoards
{
    /// <param name="writer">Where it goes.</param>
    /// <param name="isTerminal">Whether that is a terminal.</param>
    /// <param name="stages">In order.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pictures">Whether pictures may be shown, where the terminal can.</param>
    public static IProgressBoard Create(
        TextWriter writer, bool isTerminal, IReadOnlyList<string> stages, TimeProvider time, bool pictures = false) =>
        isTerminal && Consoles.Of(writer, isTerminal) is { Profile.Capabilities: { Ansi: true, Interactive: true } } console
            ? new BarBoard(console, stages, pictures)
            : new LineBoard(writer, stages, time);
}
