using Microsoft.Extensions.Logging;
using PgmCluster.Data.Tls;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Notices that what listens at a gateway's port ends each connection at its greeting, as a gateway does whose cluster is another one. The
/// framework tries again until it is stopped; only its log says what happened.
/// </summary>
/// <param name="gateways">Each is given two greetings; one is enough where who answers is not to be trusted.</param>
/// <param name="noticed">Called once, when all have had theirs.</param>
internal sealed class HandshakeWatch(int gateways, Action noticed) : ILoggerProvider, ILogger
{
    private const string EndedAtTheGreeting = "Connection terminated prematurely", OfAnotherCluster = "Unexpected cluster id";

    private readonly int _patience = 2 * gateways;
    private int _inVain;
    private volatile bool _isOver;

    /// <summary>True once the greeting was in vain so often.</summary>
    public bool IsRefused => _inVain >= _patience;

    /// <summary>Why who answered is not trusted; null where that was not the reason.</summary>
    public TlsRefusedException? Refusal { get; private set; }

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
            if (e is TlsRefusedException refusal) Refusal = refusal;
            else if (!e.Message.StartsWith(EndedAtTheGreeting, StringComparison.Ordinal)
                && !e.Message.StartsWith(OfAnotherCluster, StringComparison.Ordinal)) continue;
            var weight = e is TlsRefusedException ? 2 : 1;
            var counted = Interlocked.Add(ref _inVain, weight);
            if (counted >= _patience && counted - weight < _patience) noticed();
            return;
        }
    }

    /// <summary>Once connected, nothing is noticed any more.</summary>
    public void Dispose() => _isOver = true;
}
