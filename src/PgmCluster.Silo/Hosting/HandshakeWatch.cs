using Microsoft.Extensions.Logging;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Notices that what listens at a gateway's port ends each connection at its greeting, as a gateway does whose cluster is another one. The
/// framework tries again until it is stopped; only its log says what happened.
/// </summary>
/// <param name="patience">So many greetings in vain are enough.</param>
/// <param name="noticed">Called once, after that many.</param>
internal sealed class HandshakeWatch(int patience, Action noticed) : ILoggerProvider, ILogger
{
    private const string EndedAtTheGreeting = "Connection terminated prematurely", OfAnotherCluster = "Unexpected cluster id";

    private int _inVain;
    private volatile bool _isOver;

    /// <summary>True once the greeting was in vain so often.</summary>
    public bool IsRefused => _inVain >= patience;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => !_isOver && logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // A connection's end is logged with the connection and again with the attempt to make one: the latter counts.
        if (!IsEnabled(logLevel) || exception is null) return;
        if (!formatter(state, exception).StartsWith("Connection attempt", StringComparison.Ordinal)) return;
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (!e.Message.StartsWith(EndedAtTheGreeting, StringComparison.Ordinal)
                && !e.Message.StartsWith(OfAnotherCluster, StringComparison.Ordinal)) continue;
            if (Interlocked.Increment(ref _inVain) == patience) noticed();
            return;
        }
    }

    /// <summary>Once connected, nothing is noticed any more.</summary>
    public void Dispose() => _isOver = true;
}
