using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Notices that a gateway belongs to another cluster. The framework closes such a connection and tries again until it is stopped; only its
/// log says why.
/// </summary>
internal sealed partial class OtherClusterWatch(Action noticed) : ILoggerProvider, ILogger
{
    private volatile bool _isOver;

    /// <summary>The id of the cluster that answered; null while none did.</summary>
    public string? ClusterId { get; private set; }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => !_isOver && logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        for (var e = _isOver ? null : exception; e is not null && ClusterId is null; e = e.InnerException)
        {
            if (OtherId().Match(e.Message) is not { Success: true } match) continue;
            ClusterId = match.Groups[1].Value;
            noticed();
        }
    }

    /// <summary>Once connected, nothing is noticed any more.</summary>
    public void Dispose() => _isOver = true;

    [GeneratedRegex("cluster id \"([^\"]*)\", expected")]
    private static partial Regex OtherId();
}
