using PgmCluster.Cli.Output;
using PgmCluster.Data.Images;
using Spectre.Console;

namespace PgmCluster.Cli.Tests.Output;

public sealed class BarBoardTests
{
    [Fact]
    public void HalfBlocks_Picture_TwoPixelsACharacter()
    {
        var screen = new Screen();
        // Red above green, and blue above nothing.
        var picture = new RgbImage(1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255]);

        Console(screen, ColorSystemSupport.TrueColor).Write(new HalfBlocks(picture, 10));

        Assert.Equal("\e[38;2;255;0;0;48;2;0;255;0m▀\e[0m\n\e[38;2;0;0;255m▀\e[0m\n", screen.ToString().ReplaceLineEndings("\n"));
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
        var screen = new Screen();
        var console = Console(screen, colors);
        (console.Profile.Width, console.Profile.Height) = (80, 40);

        await using (var board = new BarBoard(console, ["a", "b"], pictures))
        {
            board.Begin("a");
            board.Show(new RgbImage(20, 20));
            board.Remaining(TimeSpan.FromSeconds(200));
            await screen.ShowsAsync("about 3:20 left of all stages");
        }

        Assert.Equal(shown, screen.ToString().Contains('▀'));
    }

    [Fact]
    public async Task Show_TerminalOfFewLines_KeepsTheBarsAlone()
    {
        var screen = new Screen();
        var console = Console(screen, ColorSystemSupport.TrueColor);
        (console.Profile.Width, console.Profile.Height) = (80, 12);

        await using (var board = new BarBoard(console, ["a", "b"], pictures: true))
        {
            board.Begin("a");
            board.Show(new RgbImage(20, 20));
            board.Remaining(TimeSpan.FromSeconds(200));
            await screen.ShowsAsync("about 3:20 left of all stages");
        }

        Assert.DoesNotContain("▀", screen.ToString());
    }

    [Fact]
    public async Task Note_LongerThanTheTerminal_LeavesTheStagesTheirNames()
    {
        var screen = new Screen();
        var console = Console(screen, ColorSystemSupport.NoColors);
        (console.Profile.Width, console.Profile.Height) = (80, 40);

        await using (var board = new BarBoard(console, ["tokenizer", "tokenize"]))
        {
            board.Begin("tokenizer");
            board.Note("tokenizer", string.Concat(Enumerable.Repeat("much is to be said ", 20)));
            await screen.ShowsAsync("much is");
        }

        Assert.True(screen.ToString().Contains("tokenizer ", StringComparison.Ordinal), screen.ToString());
        Assert.DoesNotContain("tokeni…", screen.ToString());
    }

    /// <summary>Such as one that was closed meanwhile: what is to be shown is done all the same.</summary>
    [Fact]
    public async Task Begin_ATerminalThatRefuses_HoldsUpNobody()
    {
        var console = Console(new Screen(), ColorSystemSupport.NoColors);
        console.Profile.Out = new AnsiConsoleOutput(new Refusing());

        await using var board = new BarBoard(console, ["a"]);
        var shown = Task.Run(() =>
        {
            board.Begin("a");
            board.End("a", 1);
        });

        await shown.WaitAsync(TestSupport.Processes.Until.Limit);
    }

    private static IAnsiConsole Console(Screen screen, ColorSystemSupport colors)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = colors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>A terminal that a board draws on at its own rate, from a thread of its own, while the test reads it.</summary>
    private sealed class Screen : StringWriter
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _shown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private string? _awaited;

        public override void Write(char value)
        {
            lock (_gate) base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_gate) base.Write(buffer, index, count);
        }

        public override void Write(string? value)
        {
            lock (_gate)
            {
                base.Write(value);
                Look();
            }
        }

        public override string ToString()
        {
            lock (_gate) return base.ToString();
        }

        public Task ShowsAsync(string text)
        {
            lock (_gate)
            {
                _awaited = text;
                Look();
            }
            return _shown.Task.WaitAsync(TimeSpan.FromMinutes(1));
        }

        private void Look()
        {
            if (_awaited is { } text && base.ToString().Contains(text, StringComparison.Ordinal)) _shown.TrySetResult();
        }
    }

    private sealed class Refusing : StringWriter
    {
        public override void Write(char value) => throw new IOException("Input/output error");

        public override void Write(string? value) => throw new IOException("Input/output error");

        public override void Write(char[] buffer, int index, int count) => throw new IOException("Input/output error");
    }
}
