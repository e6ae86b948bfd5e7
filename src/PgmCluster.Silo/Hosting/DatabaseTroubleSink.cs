using System.Globalization;
using PgmCluster.Silo.Storage;
using Serilog.Core;
using Serilog.Events;
using Serilog.Parsing;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Says what the state database refuses in one line, without the way through the framework that led there, and while it goes on refusing
/// only counts the same cause from the same source, a minute at a time: the framework asks again for as long as a password is refused.
/// </summary>
/// <param name="inner">Where messages go. Disposed with this.</param>
/// <param name="time">The clock.</param>
internal sealed class DatabaseTroubleSink(Logger inner, TimeProvider time) : ILogEventSink, IDisposable
{
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(1);

    /// <summary>Who asks a database that is away does so more often: after so long without a refusal it is another incident.</summary>
    private static readonly TimeSpan s_over = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Source, StateDatabaseFailure Cause), Said> _said = [];

    public void Emit(LogEvent logEvent)
    {
        // What is none of the known causes may be a fault of the program, for which the way matters.
        if (logEvent.Exception is not { } exception || DatabaseTroubles.Find(exception) is not { Failure: not StateDatabaseFailure.Other } trouble)
        {
            ((ILogEventSink)inner).Emit(logEvent);
            return;
        }
        var source = logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value) ? value.ToString() : "";
        int before;
        lock (_lock)
        {
            var key = (source, trouble.Failure);
            var known = _said.GetValueOrDefault(key);
            var now = time.GetTimestamp();
            if (known is not null && time.GetElapsedTime(known.At, now) < s_silence && time.GetElapsedTime(known.LastAt, now) < s_over)
            {
                (known.Count, known.Last, known.LastAt) = (known.Count + 1, logEvent, now);
                return;
            }
            before = known?.Count ?? 0;
            _said[key] = new Said(now);
        }
        Write(logEvent, $"{logEvent.RenderMessage(CultureInfo.InvariantCulture)}: {trouble.Message}", before);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var said in _said.Values)
            {
                if (said.Last is { } last) Write(last, last.RenderMessage(CultureInfo.InvariantCulture), said.Count - 1);
            }
            _said.Clear();
        }
        inner.Dispose();
    }

    private void Write(LogEvent like, string message, int before)
    {
        if (before > 0) message += $" ({before.ToString(CultureInfo.InvariantCulture)} more of this cause were not written)";
        ((ILogEventSink)inner).Emit(new LogEvent(
            like.Timestamp, like.Level, exception: null, new MessageTemplate([new TextToken(message.ReplaceLineEndings(" "))]),
            like.Properties.Select(p => new LogEventProperty(p.Key, p.Value))));
    }

    private sealed class Said(long at)
    {
        public long At { get; } = at;

        public int Count { get; set; }

        public long LastAt { get; set; } = at;

        public LogEvent? Last { get; set; }
    }
}
