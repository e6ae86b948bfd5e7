using System.Runtime.InteropServices;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands;

/// <summary>Ctrl-C and SIGTERM: the first asks the command to stop, the second ends the process at once.</summary>
internal sealed class InterruptSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TextWriter _error;
    private int _count;

    public InterruptSignals(TextWriter error)
    {
        _error = error;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
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
        if (Interlocked.Increment(ref _count) > 1)
        {
            // Not Environment.Exit: that waits for handlers, which are what hangs when somebody presses twice.
            _exit(ExitCodes.Interrupted);
        }
        _error.WriteLine("Stopping. Press Ctrl-C again to leave at once.");
        _source.Cancel();
    }

    [DllImport("libc")]
    private static extern void _exit(int status);
}
