using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Images;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PgmCluster.Cli.Output;

/// <summary>
/// Progress as bars, for a terminal: below them what is left of all, and a picture where there is one and the terminal can show it.
/// </summary>
internal sealed class BarBoard : IProgressBoard
{
    /// <summary>Characters a line: wider pictures show no more.</summary>
    private const int WidestPicture = 120;

    private const int WideTerminal = 100;
    private const int PercentageAndGaps = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IAnsiConsole _console;
    private readonly bool _showsPictures;
    private readonly Task _drawing;
    private volatile string? _left;
    private volatile HalfBlocks? _picture;

    /// <param name="console">The terminal.</param>
    /// <param name="stages">In order.</param>
    /// <param name="pictures">Whether pictures may be shown; they are where the terminal has 24-bit colours.</param>
    public BarBoard(IAnsiConsole console, IReadOnlyList<string> stages, bool pictures = false)
    {
        _console = console;
        _showsPictures = pictures && console.Profile.Capabilities is { ColorSystem: ColorSystem.TrueColor, Unicode: true };
        var progress = console.Progress();
        var bar = console.Profile.Width >= WideTerminal ? 30 : 15;
        // A picture is drawn anew each time, some 50 kB.
        if (_showsPictures) progress.RefreshRate = TimeSpan.FromMilliseconds(500);
        _drawing = progress
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = bar }, new PercentageColumn(),
                new DetailsColumn(stages.Max(stage => stage.Length) + bar + PercentageAndGaps))
            .UseRenderHook((bars, _) => WithWhole(bars, stages.Count))
            .StartAsync(async context =>
            {
                foreach (var stage in stages)
                {
                    _tasks[stage] = context.AddTask(Markup.Escape(stage), autoStart: false, maxValue: 1);
                    _tasks[stage].Tag = "waiting";
                }
                _ready.SetResult();
                await _end.Task;
            });
    }

    public void Begin(string stage) => Change(stage, task =>
    {
        task.StartTask();
        task.Tag = "";
    });

    public void Report(string stage, JobEvent e) => Change(stage, task =>
    {
        if (e.Progress.Total > 0) task.MaxValue = e.Progress.Total;
        if (e.Phase != JobPhase.Completed) task.Value = Math.Min(e.Progress.Done, task.MaxValue * 0.9999);
        task.Tag = Texts.Event(e);
    });

    public void End(string stage, double seconds) => Change(stage, task =>
    {
        task.Value = task.MaxValue;
        task.Tag = $"done in {Texts.Duration(seconds)}";
        task.StopTask();
    });

    public void Note(string stage, string text) => Change(stage, task => task.Tag = text);

    public void Remaining(TimeSpan? left) => _left = left is { } known ? Texts.LeftOfAll(known) : null;

    public void Show(RgbImage picture)
    {
        if (_showsPictures) _picture = new(picture, Math.Clamp(_console.Profile.Width - 1, 1, WidestPicture));
    }

    public async ValueTask DisposeAsync()
    {
        // What stays on the screen is what was done.
        (_left, _picture) = (null, null);
        _end.TrySetResult();
        try
        {
            await _drawing;
        }
        catch (Exception)
        {
            // The terminal refuses, or is gone: what was to be shown is done all the same.
        }
    }

    private IRenderable WithWhole(IRenderable bars, int stages)
    {
        var parts = new List<IRenderable> { bars };
        if (_left is { } left) parts.Add(new Text(left).Overflow(Overflow.Ellipsis));
        // What is higher than the terminal cannot be drawn again in its place: a bar takes a line, and there are empty ones around all.
        if (_picture is { } picture && picture.Lines + stages + 4 <= _console.Profile.Height) parts.Add(picture);
        return parts.Count > 1 ? new Rows(parts) : bars;
    }

    private void Change(string stage, Action<ProgressTask> change)
    {
        // Drawing that has ended before it began never will be ready.
        Task.WaitAny(_ready.Task, _drawing);
        if (!_ready.Task.IsCompleted) return;
        lock (_gate) change(_tasks[stage]);
    }

    /// <summary>Takes what the other columns leave: a table that is too wide is narrowed in all its columns, names of stages first.</summary>
    private sealed class DetailsColumn(int others) : ProgressColumn
    {
        private const int Least = 10;

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var text = task.Tag as string ?? "";
            var room = Math.Max(Least, options.ConsoleSize.Width - others);
            return new Text(text.Length <= room ? text : $"{text[..(room - 1)]}…");
        }
    }
}
