using System.Globalization;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Faults;

/// <summary>
/// Places in the code where a test can have something go wrong. The environment variable <c>PGM_FAULTS</c> lists faults separated by
/// semicolons, each "ACTION:point=NAME,rank=N,step=N"; without it a place costs one comparison. Each fault happens once, and leaves a file in the
/// directory <c>PGM_FAULTS_FIRED</c> before it does: a test that finds none has tested nothing.
/// </summary>
/// <remarks>
/// Actions: kill (the process, as kill -9), hang (the calling thread, for ever), hold (the calling thread, until the file that the fault left
/// has a neighbour of its name with ".go"), full (an IOException as of a full disk), flip (a bit of the weights; only where the place offers it).
/// </remarks>
public static class FaultPoint
{
    private static readonly List<Fault> Faults = Parse(Environment.GetEnvironmentVariable("PGM_FAULTS"));

    /// <summary>The calling thread is here.</summary>
    /// <param name="point">Name of the place.</param>
    /// <param name="rank">The member's rank.</param>
    /// <param name="step">The step.</param>
    /// <param name="flip">Flips a bit, where the place has something to flip.</param>
    public static void Reached(string point, int rank, long step, Action? flip = null)
    {
        if (Faults.Count == 0) return;
        Fault? fault;
        lock (Faults)
        {
            fault = Faults.FirstOrDefault(f => f.Point == point && (f.Rank is null || f.Rank == rank) && (f.Step is null || f.Step == step));
            if (fault is null || !fault.Claim()) return;
            Faults.Remove(fault);
        }
        switch (fault.Action)
        {
            case "kill":
                System.Diagnostics.Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "hang":
                Thread.Sleep(Timeout.Infinite);
                break;
            case "hold":
                while (!File.Exists(fault.Left + ".go")) Thread.Sleep(5);
                break;
            case "full":
                throw new IOException("No space left on device (a fault of PGM_FAULTS)");
            case "flip":
                (flip ?? throw new InvalidOperationException($"PGM_FAULTS: nothing can be flipped at '{point}'."))();
                break;
            default:
                throw new InvalidOperationException($"PGM_FAULTS: there is no action '{fault.Action}'. Use kill, hang, hold, full or flip.");
        }
    }

    private static List<Fault> Parse(string? text)
    {
        var faults = new List<Fault>();
        foreach (var entry in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (action, rest) = entry.Split(':', 2) is [var a, var r] ? (a, r) : throw new InvalidOperationException($"PGM_FAULTS: '{entry}' is not ACTION:point=NAME,...");
            var values = rest.Split(',').Select(p => p.Split('=', 2)).ToDictionary(p => p[0].Trim(), p => p[1].Trim());
            faults.Add(new Fault(
                entry, action, values["point"],
                values.TryGetValue("rank", out var rank) ? int.Parse(rank, CultureInfo.InvariantCulture) : null,
                values.TryGetValue("step", out var step) ? long.Parse(step, CultureInfo.InvariantCulture) : null));
        }
        return faults;
    }

    private sealed record Fault(string Text, string Action, string Point, int? Rank, long? Step)
    {
        /// <summary>The file that it leaves; null without a directory for it.</summary>
        public string? Left { get; } = Environment.GetEnvironmentVariable("PGM_FAULTS_FIRED") is { Length: > 0 } directory
            ? Path.Combine(directory, string.Concat(Text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')))
            : null;

        /// <summary>True for the first of all processes and threads that comes here.</summary>
        public bool Claim()
        {
            if (Left is null) return Action != "hold" ? true : throw new InvalidOperationException("PGM_FAULTS: 'hold' needs PGM_FAULTS_FIRED.");
            try
            {
                using var file = new FileStream(Left, FileMode.CreateNew, FileAccess.Write);
                file.Write(System.Text.Encoding.UTF8.GetBytes(WorkJson.Write(new { Environment.ProcessId, At = DateTimeOffset.UtcNow })));
                file.Flush(flushToDisk: true);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
