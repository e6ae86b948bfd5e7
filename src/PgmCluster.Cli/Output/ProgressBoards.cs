namespace PgmCluster.Cli.Output;

/// <summary>Chooses how progress is shown.</summary>
internal static class ProgressBoards
{
    public static IProgressBoard Create(TextWriter writer, bool isTerminal, IReadOnlyList<string> stages, TimeProvider time) =>
        isTerminal && Consoles.Of(writer, isTerminal) is { Profile.Capabilities: { Ansi: true, Interactive: true } } console
            ? new BarBoard(console, stages)
            : new LineBoard(writer, stages, time);
}
