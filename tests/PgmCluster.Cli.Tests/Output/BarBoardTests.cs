using PgmCluster.Cli.Output;
using PgmCluster.Data.Images;
using Spectre.Console;

namespace PgmCluster.Cli.Tests.Output;

public sealed class BarBoardTests
{
    [Fact]
    public void HalfBlocks_Picture_TwoPixelsACharacter()
    {
        var writer = new StringWriter();
        // Red above green, and blue above nothing.
        var picture = new RgbImage(1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255]);

        Console(writer, ColorSystemSupport.TrueColor).Write(new HalfBlocks(picture, 10));

        Assert.Equal("\e[38;2;255;0;0;48;2;0;255;0m▀\e[0m\n\e[38;2;0;0;255m▀\e[0m\n", writer.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void HalfBlocks_WidePicture_IsShrunkToWhatHasRoom()
    {
        var blocks = new HalfBlocks(new RgbImage(242, 62), 79);

        Assert.Equal(10, blocks.Lines);
    }

    [Theory]
    [InlineData(ColorSystemSupport.TrueColor, true, true)]
    [InlineData(ColorSystemSupport.EightBit, true, false)]
    [InlineData(ColorSystemSupport.NoColors, true, false)]
    [InlineData(ColorSystemSupport.TrueColor, false, false)]
    public async Task Show_Terminal_ShowsPicturesWhereItCan(ColorSystemSupport colors, bool pictures, bool shown)
    {
        var writer = new StringWriter();
        var console = Console(writer, colors);
        (console.Profile.Width, console.Profile.Height) = (80, 40);

        await using (var board = new BarBoard(console, ["a", "b"], pictures))
        {
            board.Begin("a");
            board.Show(new RgbImage(20, 20));
            board.Remaining(TimeSpan.FromSeconds(200));
            await DrawnAsync(() => writer.ToString().Contains("about 3:20 left of all stages", StringComparison.Ordinal));
        }

        Assert.Equal(shown, writer.ToString().Contains('▀'));
    }

    [Fact]
    public async Task Show_TerminalOfFewLines_KeepsTheBarsAlone()
    {
        var writer = new StringWriter();
        var console = Console(writer, ColorSystemSupport.TrueColor);
        (console.Profile.Width, console.Profile.Height) = (80, 12);

        await using (var board = new BarBoard(console, ["a", "b"], pictures: true))
        {
            board.Begin("a");
            board.Show(new RgbImage(20, 20));
            board.Remaining(TimeSpan.FromSeconds(200));
            await DrawnAsync(() => writer.ToString().Contains("about 3:20 left of all stages", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("▀", writer.ToString());
    }

    [Fact]
    public async Task Note_LongerThanTheTerminal_LeavesTheStagesTheirNames()
    {
        var writer = new StringWriter();
        var console = Console(writer, ColorSystemSupport.NoColors);
        (console.Profile.Width, console.Profile.Height) = (80, 40);

        await using (var board = new BarBoard(console, ["tokenizer", "tokenize"]))
        {
            board.Begin("tokenizer");
            board.Note("tokenizer", string.Concat(Enumerable.Repeat("much is to be said ", 20)));
            await DrawnAsync(() => writer.ToString().Contains("much is", StringComparison.Ordinal));
        }

        Assert.True(writer.ToString().Contains("tokenizer ", StringComparison.Ordinal), writer.ToString());
        Assert.DoesNotContain("tokeni…", writer.ToString());
    }

    /// <summary>The board draws at its own rate.</summary>
    private static async Task DrawnAsync(Func<bool> drawn)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!drawn()) await Task.Delay(10, limit.Token);
    }

    private static IAnsiConsole Console(TextWriter writer, ColorSystemSupport colors)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = colors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(TextWriter.Synchronized(writer)),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
