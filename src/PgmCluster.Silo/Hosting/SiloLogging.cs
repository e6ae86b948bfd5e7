using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace PgmCluster.Silo.Hosting;

/// <summary>Where a silo's messages go: one file a day in <c>HOME/logs</c>, and the console if asked.</summary>
internal static class SiloLogging
{
    private const int FilesKept = 14;
    private const long LargestFile = 50 * 1024 * 1024;
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {SiloName} {SourceContext} {Message:lj}{NewLine}{Exception}";

    public static Logger Create(SiloOptions options)
    {
        var level = (LogEventLevel)Math.Clamp((int)options.LogLevel, 0, (int)LogEventLevel.Fatal);
        var framework = level >= LogEventLevel.Information ? (LogEventLevel)Math.Max((int)level, (int)LogEventLevel.Warning) : level;
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", framework)
            .MinimumLevel.Override("System", framework)
            .MinimumLevel.Override("Orleans", framework)
            // Who joined and who was declared dead, and why: the first question after every incident.
            .MinimumLevel.Override("Orleans.Runtime.MembershipService", level)
            .Enrich.WithProperty("SiloName", options.SiloName)
            .WriteTo.File(
                Path.Combine(Path.GetFullPath(options.Home), "logs", "silo-.log"),
                outputTemplate: Template,
                formatProvider: CultureInfo.InvariantCulture,
                rollingInterval: RollingInterval.Day,
                rollOnFileSizeLimit: true,
                fileSizeLimitBytes: LargestFile,
                retainedFileCountLimit: FilesKept);
        if (options.LogToConsole) configuration.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture);
        return configuration.CreateLogger();
    }
}
