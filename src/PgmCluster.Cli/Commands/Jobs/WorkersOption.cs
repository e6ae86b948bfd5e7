using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary>How many devices work together: "4", or "2..4" for what grows and shrinks with what is free.</summary>
internal sealed class WorkersOption
{
    private readonly Option<string> _workers = new("--workers")
    {
        Description = "Devices that train together, or MIN..MAX: starts with MIN and takes more as they are free. The result is the same",
        HelpName = "N|MIN..MAX",
    };

    /// <param name="command">Gets it.</param>
    /// <param name="required">Whether a number has to be given; else it is 1.</param>
    public void AddTo(Command command, bool required = false)
    {
        _workers.Required = required;
        if (!required) _workers.DefaultValueFactory = _ => "1";
        command.Add(_workers);
    }

    public (int Min, int Max) Of(Invocation invocation) => Parse(invocation.Get(_workers)!);

    /// <exception cref="UsageException">Not a number, not a range, or an empty one.</exception>
    internal static (int Min, int Max) Parse(string text)
    {
        var ends = text.Split("..", StringSplitOptions.TrimEntries);
        if (ends.Length is 1 or 2 && Count(ends[0]) is { } min && Count(ends[^1]) is { } max && min <= max) return (min, max);
        throw new UsageException($"--workers '{text}' is not a number of devices. Give one such as 4, or a range such as 2..4, from 1 up.");
    }

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 ? count : null;
}
