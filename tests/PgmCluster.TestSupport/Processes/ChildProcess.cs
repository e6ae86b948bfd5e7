using System.Diagnostics;
using System.Globalization;

namespace PgmCluster.TestSupport.Processes;

/// <summary>
/// A process that dies with this one, however this one ends, and whose output is kept. Signals go to exactly this process, and never to
/// another that has its number by now.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _out = [], _error = [];
    private readonly Process _process;
    private readonly string _description;
    private long _lastSaid = Stopwatch.GetTimestamp();

    private ChildProcess(ProcessStartInfo start, string description)
    {
        _description = description;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(_out, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_error, e.Data);
        ChildStarter.Run(() => _process.Start());
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to standard output so far.</summary>
    public string Out
    {
        get { lock (_gate) return string.Join('\n', _out); }
    }

    /// <summary>What it wrote to standard error so far.</summary>
    public string Error
    {
        get { lock (_gate) return string.Join('\n', _error); }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">
    /// Variables to set, or to remove where null. What <see cref="TestEnvironment"/> clears is not inherited.
    /// </param>
    /// <param name="user">Another user to run it as, which only root can; null for the present one.</param>
    /// <param name="directory">Its working directory; null for the present one.</param>
    /// <exception cref="HarnessException">It cannot be started.</exception>
    public static ChildProcess Start(
        IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string?>>? environment = null, string? user = null,
        string? directory = null)
    {
        // The wish to die with the parent is lost when a process changes its user, so it comes after that. A program started in the
        // background of a script has SIGINT ignored and would hand that on.
        string[] asUser = user is null ? [] : [$"--reuid={user}", $"--regid={user}", "--init-groups", "setpriv"];
        var start = new ProcessStartInfo("setpriv", [.. asUser, "--pdeathsig", "KILL", "env", "--default-signal=INT", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? "",
        };
        TestEnvironment.Clear(start.Environment);
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        try
        {
            return new ChildProcess(start, string.Join(' ', command));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new HarnessException(
                $"Starting '{command[0]}' by setpriv: {e.Message}. Install util-linux, which has setpriv.", e);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="HarnessException">It failed, or said nothing for <see cref="Until.Limit"/>.</exception>
    public static async Task<string> RunAsync(
        IReadOnlyList<string> command, string? user = null, string? directory = null, CancellationToken cancellation = default)
    {
        using var process = Start(command, user: user, directory: directory);
        TimeSpan Left() => Until.Limit - Stopwatch.GetElapsedTime(Volatile.Read(ref process._lastSaid));
        var code = await process.WaitForExitAsync(Left, "said nothing for", Until.Limit, cancellation);
        if (code != 0)
            throw new HarnessException(
                $"Running '{process._description}': it ended with {code}: {process.Error.ReplaceLineEndings(" ")}");
        return process.Out;
    }

    /// <summary>Sends a signal: "TERM", "INT", "QUIT", "STOP", "CONT". Nothing happens where it has ended.</summary>
    public void Signal(string name)
    {
        if (_process.HasExited) return;
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>kill -9; when it returns, the kernel has let go of the process's sockets and locks.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="timeout">Default: <see cref="Until.Limit"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="HarnessException">It has not ended in time; it goes on.</exception>
    public Task<int> WaitForExitAsync(TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var (begun, limit) = (Stopwatch.GetTimestamp(), timeout ?? Until.Limit);
        return WaitForExitAsync(() => limit - Stopwatch.GetElapsedTime(begun), "still runs after", limit, cancellation);
    }

    /// <param name="left">The time that it has from now on, asked again once that has passed.</param>
    /// <param name="complaint">What is said of it where none is left.</param>
    /// <param name="limit">Stands behind the complaint.</param>
    /// <param name="cancellation">Gives up.</param>
    private async Task<int> WaitForExitAsync(Func<TimeSpan> left, string complaint, TimeSpan limit, CancellationToken cancellation)
    {
        var exit = _process.WaitForExitAsync(cancellation);
        while (left() is var time && time > TimeSpan.Zero)
        {
            if (await Task.WhenAny(exit, Task.Delay(time, cancellation)) != exit) continue;
            await exit;
            return _process.ExitCode;
        }
        cancellation.ThrowIfCancellationRequested();
        throw new HarnessException(
            $"Waiting for the end of '{_description}': it {complaint} {limit.TotalSeconds:0} s.\n{this}");
    }

    /// <summary>Ends it and, where it still runs, whatever it has started.</summary>
    /// <exception cref="HarnessException">It does not end.</exception>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        // With a limit it does not wait for the end of the output too, which what has left this process may hold open.
        var hasEnded = _process.WaitForExit(TimeSpan.FromMinutes(1));
        _process.Dispose();
        if (!hasEnded) throw new HarnessException($"Ending '{_description}': it still runs a minute after kill -9.");
    }

    public override string ToString() => $"--- {_description}\n--- stdout\n{Out}\n--- stderr\n{Error}";

    private void Append(List<string> lines, string? line)
    {
        if (line is null) return;
        Volatile.Write(ref _lastSaid, Stopwatch.GetTimestamp());
        lock (_gate) lines.Add(line);
    }
}
