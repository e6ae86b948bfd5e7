using System.Text.Json;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>What <c>pgm doctor</c> in a process of its own said.</summary>
internal sealed record DoctorRun(int ExitCode, IReadOnlyList<DoctorLine> Lines, string Text)
{
    /// <summary>Devices of CPUs compute below everybody else's priority: on a busy machine that takes minutes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Runs it to the end with variables of the environment set; a home and "--json" are among the arguments already.</summary>
    public static async Task<DoctorRun> OfAsync(
        string home, IReadOnlyDictionary<string, string?>? variables = null, params IEnumerable<string> args)
    {
        using var process = PgmProcess.StartWith(
            variables ?? new Dictionary<string, string?>(), ["doctor", "--json", "--home", home, .. args]);
        await process.WaitForExitAsync(Limit);
        return Of(process.ExitCode, process.Out, process.ToString());
    }

    /// <summary>Of the one object that it printed.</summary>
    public static DoctorRun Of(int exitCode, string json, string text)
    {
        Assert.True(json.Length > 0, text);
        var findings = JsonSerializer.Deserialize<JsonElement>(json).GetProperty("findings").EnumerateArray();
        return new(exitCode, [.. findings.Select(f => new DoctorLine(
            f.GetProperty("subject").GetString()!, f.GetProperty("state").GetString()!, f.GetProperty("found").GetString()!,
                f.GetProperty("advice").GetString()))], text);
    }

    public DoctorLine this[string subject] =>
        Lines.SingleOrDefault(l => l.Subject == subject)
            ?? throw new InvalidOperationException($"There is no one line '{subject}'.\n{Text}");

    /// <summary>The lines that failed, by what they are about.</summary>
    public IEnumerable<string> Failed => Lines.Where(l => l.State == "failed").Select(l => l.Subject);
}
