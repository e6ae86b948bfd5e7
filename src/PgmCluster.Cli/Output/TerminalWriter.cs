using System.Text;

namespace PgmCluster.Cli.Output;

/// <summary>
/// A terminal's writer that goes on when the terminal is gone: nobody reads it any more, and the work that is being finished and saved must
/// not end because of a line that cannot be shown.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <summary>EIO: what the kernel answers once the other side of a terminal is closed.</summary>
    private const int Gone = 5;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Makes the console's writers lasting where they are terminals.</summary>
    public static void Install()
    {
        if (!Console.IsOutputRedirected) Console.SetOut(new TerminalWriter(Console.Out));
        if (!Console.IsErrorRedirected) Console.SetError(new TerminalWriter(Console.Error));
    }

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException e) when (e.HResult == Gone)
        {
            // The terminal is gone.
        }
    }
}
