using PgmCluster.Contracts.Jobs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PgmCluster.Cli.Output;

/// <summary>Progress as bars, for a terminal.</summary>
internal sealed class BarBoard : IProgressBoard
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _drawing;

    public BarBoard(IAnsiConsole console, IReadOnlyList<string> stages)
    {
        _drawing = console.Progress()
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(),
                new DetailsColumn())
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

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _drawing;
    }

    private void Change(string stage, Action<ProgressTask> change)
    {
        _ready.Task.Wait();
        lock (_gate) change(_tasks[stage]);
    }

    private sealed class DetailsColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Tag as string ?? "").Overflow(Overflow.Ellipsis);
    }
}
