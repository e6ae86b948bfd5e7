using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Logs;

/// <summary>A logger whose lines carry what they are about beside their text: run, attempt, formation, step.</summary>
/// <param name="inner">Writes them.</param>
/// <param name="about">Asked whenever a line is written.</param>
internal sealed class AboutLogger(ILogger inner, Func<IReadOnlyList<KeyValuePair<string, object?>>> about) : ILogger
{
    /// <summary>The step that something is at; nothing where it counts something else.</summary>
    public static KeyValuePair<string, object?>[] StepOf(JobProgress progress) =>
        progress is { Unit: "step", Total: > 0 } ? [new("step", progress.Done)] : [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel)) return;
        using (inner.BeginScope(about())) inner.Log(logLevel, eventId, state, exception, formatter);
    }
}
