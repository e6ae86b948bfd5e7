using System.Diagnostics;
using System.Text;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>The real program in a process of its own, with its output collected line by line.</summary>
internal sealed class PgmProcess : IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly StringBuilder _out = new(), _error = new();
    private readonly Lock _gate = new();
    private readonly string _commandLine;

    private PgmProcess(ProcessStartInfo start)
    {
        _commandLine = string.Join(' ', start.ArgumentList);
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(_out, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_error, e.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The program under test, beside the tests.</summary>
    public static string ProgramPath => Path.Combine(AppContext.BaseDirectory, "pgm.dll");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Out
    {
        get { lock (_gate) return _out.ToString(); }
    }

    public string Error
    {
        get { lock (_gate) return _error.ToString(); }
    }

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Runs to the end with a variable of the environment set.</summary>
    public static Task<PgmProcess> RunWithAsync(string variable, string value, params IEnumerable<string> args) =>
        RunProgramAsync("env", [$"{variable}={value}", Dotnet, "exec", ProgramPath, .. args]);

    public static PgmProcess Start(params IEnumerable<string> args) => StartProgram(Dotnet, ["exec", ProgramPath, .. args]);

    /// <summary>With further variables in its environment.</summary>
    public static PgmProcess StartWith(IReadOnlyDictionary<string, string?> variables, params IEnumerable<string> args) =>
        StartProgram(Dotnet, ["exec", ProgramPath, .. args], variables);

    /// <summary>Runs to the end.</summary>
    public static async Task<PgmProcess> RunAsync(params IEnumerable<string> args)
    {
        var process = Start(args);
        await process.WaitForExitAsync();
        return process;
    }

    /// <summary>Runs the client sample to its end.</summary>
    /// <param name="variables">Further ones of its environment.</param>
    /// <param name="args">Its own.</param>
    public static async Task<PgmProcess> RunSampleAsync(IReadOnlyDictionary<string, string?> variables, params IEnumerable<string> args)
    {
        var process = StartProgram(
            Dotnet, ["exec", PackagedSample.Program("SubmitTraining", "PgmCluster.Client"), .. args], variables);
        await process.WaitForExitAsync();
        return process;
    }

    /// <summary>Runs another program to its end, such as a shell that prepares a place and then starts pgm.</summary>
    public static async Task<PgmProcess> RunProgramAsync(string program, params IEnumerable<string> args)
    {
        var process = StartProgram(program, args);
        await process.WaitForExitAsync();
        return process;
    }

    /// <summary>A shell word that starts pgm.</summary>
    public static string ShellCommand => $"'{Dotnet}' exec '{ProgramPath}'";

    public async Task WaitForExitAsync(TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? DefaultTimeout);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw new TimeoutException($"Waiting for the end of '{_commandLine}': it still ran.\n{this}");
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="InvalidOperationException">The process ended before.</exception>
    public async Task WaitForAsync(string what, Func<PgmProcess, bool> condition, TimeSpan? timeout = null)
    {
        var until = DateTime.UtcNow + (timeout ?? DefaultTimeout);
        while (!condition(this))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"Waiting for {what}: the process ended with {_process.ExitCode} before.\n{this}");
            if (DateTime.UtcNow > until)
            {
                Kill();
                throw new TimeoutException($"Waiting for {what}: it did not happen.\n{this}");
            }
            await Task.Delay(20);
        }
    }

    /// <summary>kill -9 of this one process.</summary>
    public void Kill()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends "INT", "TERM" or "HUP".</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    public override string ToString() => $"--- stdout\n{Out}--- stderr\n{Error}";

    /// <summary>Starts another program that runs pgm.</summary>
    public static PgmProcess StartProgram(string program, IEnumerable<string> args, IReadOnlyDictionary<string, string?>? variables = null)
    {
        // A test run in the background of a script has SIGINT ignored, and its children would inherit that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", program, .. args]) { UseShellExecute = false };
        start.Environment.Remove("PGM_HOME");
        start.Environment.Remove("PGM_DEBUG");
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        return new PgmProcess(start);
    }

    private void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (_gate) text.Append(line).Append('\n');
    }
}
