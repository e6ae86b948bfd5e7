using System.Text.Json;
using PgmCluster.Cli.Output;
using PgmCluster.Execution.Doctor;
using PgmCluster.Modeling.Runtime;
using Spectre.Console;

namespace PgmCluster.Cli.Doctor;

/// <summary>The lines of <c>pgm doctor</c>, shown as they come.</summary>
internal sealed class DoctorReport(TextWriter writer, bool isTerminal)
{
    private const int StateWidth = 8;
    private readonly List<Finding> _findings = [];
    private readonly List<JsonElement> _measured = [];

    public int Failed => Count(FindingState.Failed);

    public void Add(Finding finding)
    {
        _findings.Add(finding);
        var state = Word(finding.State);
        var text = $"{finding.Subject}: {finding.Found}{(finding.Advice is null ? "" : $". {finding.Advice}")}";
        if (isTerminal)
        {
            // What does not fit goes on below the text, not below the state.
            var grid = new Grid().AddColumn(new GridColumn().Width(StateWidth).NoWrap().Padding(0, 0, 1, 0))
                .AddColumn(new GridColumn().Padding(0, 0, 0, 0));
            Consoles.Of(writer, isTerminal).Write(grid.AddRow(new Text(state, StyleOf(finding.State)), new Text(text)));
        }
        else
        {
            writer.WriteLine($"{state.PadRight(StateWidth)} {text}");
        }
        writer.Flush();
    }

    /// <summary>Shows how many there are of each kind.</summary>
    public void Sum()
    {
        var warnings = Count(FindingState.Warning);
        writer.WriteLine($"{Count(FindingState.Ok)} ok, {warnings} {(warnings == 1 ? "warning" : "warnings")}, {Failed} failed");
    }

    public void Add(JsonElement measured) => _measured.Add(measured);

    /// <summary>All of it as one object; what devices were measured to do where they were.</summary>
    public object Record() => new
    {
        madeAt = DateTimeOffset.UtcNow,
        passed = Failed == 0,
        cpu = NativeRuntime.CpuModel,
        findings = _findings,
        devices = _measured,
    };

    private int Count(FindingState state) => _findings.Count(f => f.State == state);

    private static string Word(FindingState state) => state.ToString().ToLowerInvariant();

    private static Style StyleOf(FindingState state) => new(state switch
    {
        FindingState.Ok => Color.Green,
        FindingState.Warning => Color.Yellow,
        _ => Color.Red,
    });
}
