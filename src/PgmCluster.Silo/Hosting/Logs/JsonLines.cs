using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace PgmCluster.Silo.Hosting.Logs;

/// <summary>
/// A log event as one line of JSON: time, level, silo, source, message; run, attempt, formation and step where it is about one; exception;
/// and under "fields" what else stands in the message.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    /// <summary>What a line may be about, as grains and devices name it.</summary>
    private static readonly string[] About = ["run", "attempt", "formation", "step"];

    // For files and collectors, not for web pages: letters stay letters.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As the text log has it: without quotes around what is filled in.</summary>
    private static readonly MessageTemplateTextFormatter s_message = new("{Message:lj}", CultureInfo.InvariantCulture);

    public void Format(LogEvent logEvent, TextWriter output)
    {
        var line = new Dictionary<string, object?>
        {
            ["time"] = logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = logEvent.Level.ToString(),
        };
        Take("silo", "SiloName");
        Take("source", Constants.SourceContextPropertyName);
        using var message = new StringWriter(CultureInfo.InvariantCulture);
        s_message.Format(logEvent, message);
        line["message"] = message.ToString();
        foreach (var name in About) Take(name, name);
        if (logEvent.Exception is { } exception) line["exception"] = exception.ToString();
        string[] taken = ["SiloName", "EventId", Constants.SourceContextPropertyName, .. About];
        var fields = logEvent.Properties.Where(p => !taken.Contains(p.Key)).ToDictionary(p => p.Key, p => Plain(p.Value));
        if (fields.Count > 0) line["fields"] = fields;
        output.WriteLine(JsonSerializer.Serialize(line, Options));

        void Take(string name, string property)
        {
            if (logEvent.Properties.TryGetValue(property, out var value)) line[name] = Plain(value);
        }
    }

    /// <summary>Numbers and truth values as they are, all else as text.</summary>
    private static object? Plain(LogEventPropertyValue value) => value is not ScalarValue { Value: var scalar }
        ? value.ToString("l", CultureInfo.InvariantCulture)
        : scalar switch
        {
            null or bool or string or int or long => scalar,
            double number when double.IsFinite(number) => number,
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => scalar.ToString(),
        };
}
