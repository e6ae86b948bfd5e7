using System.Globalization;
using Microsoft.Extensions.Logging;
using PgmCluster.Silo.Hosting.Logs;
using PgmCluster.Silo.Options;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// Where a silo's messages go: one file a day in <c>HOME/logs</c> (of its own: silos may share a home), and the console if asked.
/// </summary>
internal static class SiloLogging
{
    private const int FilesKept = 14;
    private const long LargestFile = 50 * 1024 * 1024;
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {SiloName} {SourceContext} "
        + "{Message:lj}{NewLine}{Exception}";

    /// <param name="options">Of the silo.</param>
    /// <param name="time">The clock by which the same trouble is said again, and stalls are believed; null for the machine's.</param>
    public static Logger Create(SiloOptions options, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var begun = time.GetTimestamp();
        var level = (LogEventLevel)Math.Clamp((int)options.LogLevel, 0, (int)LogEventLevel.Fatal);
        var framework = level >= LogEventLevel.Information ? (LogEventLevel)Math.Max((int)level, (int)LogEventLevel.Warning) : level;
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", framework)
            .MinimumLevel.Override("System", framework)
            .MinimumLevel.Override("Orleans", framework)
            // A line for each attempt of each placement of a grain.
            .MinimumLevel.Override("Polly", framework)
            // A stack trace for each handshake of a stranger; the certificate policy says the same in a line.
            .MinimumLevel.Override("Orleans.Connections.Security", LogEventLevel.Error)
            // Who joined and who was declared dead, and why: the first question after every incident.
            .MinimumLevel.Override("Orleans.Runtime.MembershipService", level)
            // Advice about the garbage collector at every start; the choice is the program's, not the operator's.
            .Filter.ByExcluding(e => e.MessageTemplate.Text.Contains("ServerGC", StringComparison.Ordinal))
            // At a start on a busy machine Orleans' watchdog may look before it measures: what it takes for a stall began at the boot.
            .Filter.ByExcluding(e => StallOf(e) > time.GetElapsedTime(begun))
            .Enrich.WithProperty("SiloName", options.SiloName)
            .WriteTo.Sink(new DatabaseTroubleSink(Outputs(options), time));
        return configuration.CreateLogger();
    }

    /// <summary>How long nothing got on, by Orleans' watchdog; null in all other events.</summary>
    private static TimeSpan? StallOf(LogEvent e) => e.Properties.GetValueOrDefault("TimeSinceLastTick") is ScalarValue { Value: { } stall }
        && TimeSpan.TryParse(stall.ToString(), CultureInfo.InvariantCulture, out var time) ? time : null;

    private static Logger Outputs(SiloOptions options)
    {
        ITextFormatter format = options.LogJson ? new JsonLines() : new MessageTemplateTextFormatter(Template, CultureInfo.InvariantCulture);
        var outputs = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.File(
            format,
            Path.Combine(Path.GetFullPath(options.Home), "logs", $"silo-{options.SiloName}-.log"),
            rollingInterval: RollingInterval.Day,
            rollOnFileSizeLimit: true,
            fileSizeLimitBytes: LargestFile,
            retainedFileCountLimit: FilesKept);
        if (options.LogToConsole && options.LogJson) outputs.WriteTo.Console(format);
        else if (options.LogToConsole) outputs.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture);
        return outputs.CreateLogger();
    }

    /// <summary>Closes the files. A disk that is full now loses the last lines, nothing else.</summary>
    public static void Close(Logger? logger)
    {
        try
        {
            logger?.Dispose();
        }
        catch (IOException)
        {
            // There is nowhere left to report it.
        }
    }
}
