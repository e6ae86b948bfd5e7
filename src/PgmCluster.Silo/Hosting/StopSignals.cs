using System.Globalization;
using System.Runtime.InteropServices;

namespace PgmCluster.Silo.Hosting;

/// <summary>
/// The wish that this process stops: SIGINT (Ctrl-C), SIGTERM, or SIGHUP, which a closing terminal sends. To be made before anything else,
/// since a signal that comes earlier ends the process without a word.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private const int Left = 130;
    private const int HangUp = 1;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly bool _secondLeaves;
    private int _count;

    /// <param name="secondLeaves">A second SIGINT or SIGTERM ends the process at once, with exit code 130.</param>
    public StopSignals(bool secondLeaves)
    {
        _secondLeaves = secondLeaves;
        // nohup means it: what was started with it goes on without its terminal.
        var followsTerminal = !IsIgnored(HangUp);
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        if (followsTerminal) _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        // A terminal that closes is told by the shell and by the kernel: two of that kind are no impatience.
        if (context.Signal != PosixSignal.SIGHUP && Interlocked.Increment(ref _count) > 1 && _secondLeaves)
        {
            // Not Environment.Exit: that waits for handlers, which are what hangs when somebody presses twice.
            _exit(Left);
        }
        _source.Cancel();
    }

    private static bool IsIgnored(int signal)
    {
        const string Field = "SigIgn:";
        if (!File.Exists("/proc/self/status")) return false;
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        return line is not null
            && ulong.TryParse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask)
                && (mask >> (signal - 1) & 1) != 0;
    }

    [DllImport("libc")]
    private static extern void _exit(int status);
}
