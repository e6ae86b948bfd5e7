using System.Diagnostics;
using System.Globalization;
using PgmCluster.Execution.Faults;
using TorchSharp;

namespace PgmCluster.Faults;

/// <summary>
/// Things that go wrong at fault points. <c>PGM_FAULTS</c> lists them separated by semicolons, each "ACTION:point=NAME,rank=N,step=N". Each
/// happens once, and leaves a file in the directory <c>PGM_FAULTS_FIRED</c> before it does: a test that finds none has tested nothing.
/// </summary>
/// <remarks>
/// Actions: kill (the process, as kill -9), hang (the calling thread, for ever), fail (an exception as of a broken device), full (an
/// IOException as of a full disk), flip (a bit of the place's weights).
/// </remarks>
public sealed class PlannedFaults
{
    private readonly List<PlannedFault> _faults;

    private PlannedFaults(string text) =>
        _faults = [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(PlannedFault.Parse)];

    /// <summary>Null where nothing is to go wrong.</summary>
    public static PlannedFaults? FromEnvironment() =>
        Environment.GetEnvironmentVariable("PGM_FAULTS") is { Length: > 0 } text ? new PlannedFaults(text) : null;

    /// <summary>What a process has to be started with.</summary>
    /// <param name="faults">As in <c>PGM_FAULTS</c>.</param>
    /// <param name="fired">Directory for the files.</param>
    public static IReadOnlyDictionary<string, string?> Variables(string faults, string fired) =>
        new Dictionary<string, string?> { ["PGM_FAULTS"] = faults, ["PGM_FAULTS_FIRED"] = fired, ["DOTNET_STARTUP_HOOKS"] = Gates.Hook };

    internal void Reached(FaultPlace place)
    {
        PlannedFault? fault;
        lock (_faults)
        {
            fault = _faults.FirstOrDefault(f => f.IsAt(place));
            if (fault is null || !fault.Claim()) return;
            _faults.Remove(fault);
        }
        switch (fault.Action)
        {
            case "kill":
                Process.GetCurrentProcess().Kill();
                Thread.Sleep(Timeout.Infinite);
                break;
            case "hang":
                Thread.Sleep(Timeout.Infinite);
                break;
            case "fail":
                throw new InvalidOperationException("The device failed (a fault of PGM_FAULTS)");
            case "full":
                throw new IOException("No space left on device (a fault of PGM_FAULTS)");
            case "flip":
                FlipBit(
                    place.Subject as torch.Tensor ?? throw new InvalidOperationException("PGM_FAULTS: nothing can be flipped at "
                    + $"'{place.Point}'."));
                break;
            default:
                throw new InvalidOperationException(
                    $"PGM_FAULTS: there is no action '{fault.Action}'. Use kill, hang, fail, full or flip.");
        }
    }

    /// <summary>What a faulty memory module does to a weight.</summary>
    private static void FlipBit(torch.Tensor weights)
    {
        using var _ = torch.no_grad();
        using var first = weights.narrow(0, 0, 1);
        var bits = BitConverter.SingleToInt32Bits(first.item<float>()) ^ (1 << 20);
        first.fill_(BitConverter.Int32BitsToSingle(bits));
    }

    private sealed record PlannedFault(string Text, string Action, string Point, int? Rank, long? Step)
    {
        public static PlannedFault Parse(string entry)
        {
            var (action, rest) = entry.Split(':', 2) is [var a, var r]
                ? (a, r)
                : throw new InvalidOperationException($"PGM_FAULTS: '{entry}' is not ACTION:point=NAME,...");
            var values = rest.Split(',').Select(p => p.Split('=', 2)).ToDictionary(p => p[0].Trim(), p => p[1].Trim());
            return new PlannedFault(
                entry, action, values["point"],
                values.TryGetValue("rank", out var rank) ? int.Parse(rank, CultureInfo.InvariantCulture) : null,
                values.TryGetValue("step", out var step) ? long.Parse(step, CultureInfo.InvariantCulture) : null);
        }

        public bool IsAt(FaultPlace place) =>
            Point == place.Point && (Rank is null || Rank == place.Rank) && (Step is null || Step == place.Step);

        /// <summary>True for the first of all processes and threads that comes here.</summary>
        public bool Claim()
        {
            if (Environment.GetEnvironmentVariable("PGM_FAULTS_FIRED") is not { Length: > 0 } directory) return true;
            var name = string.Concat(Text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
            try
            {
                using var file = new FileStream(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write);
                file.Write(System.Text.Encoding.UTF8.GetBytes($"process {Environment.ProcessId} at {DateTimeOffset.UtcNow:O}\n"));
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
