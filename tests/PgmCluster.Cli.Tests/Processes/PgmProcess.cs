using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>The real program in a process of its own.</summary>
internal sealed class PgmProcess : IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(3);
    private readonly ChildProcess _process;

    private PgmProcess(ChildProcess process) => _process = process;

    /// <summary>The program under test, beside the tests.</summary>
    public static string ProgramPath => Path.Combine(AppContext.BaseDirectory, "pgm.dll");

    /// <summary>A shell word that starts pgm.</summary>
    public static string ShellCommand => $"'{Dotnet.Program}' exec '{ProgramPath}'";

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to standard output so far, in whole lines.</summary>
    public string Out => Lines(_process.Out);

    /// <inheritdoc cref="Out"/>
    public string Error => Lines(_process.Error);

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static PgmProcess Start(params IEnumerable<string> args) => StartProgram(Dotnet.Program, ["exec", ProgramPath, .. args]);

    /// <summary>With further variables in its environment.</summary>
    public static PgmProcess StartWith(IReadOnlyDictionary<string, string?> variables, params IEnumerable<string> args) =>
        StartProgram(Dotnet.Program, ["exec", ProgramPath, .. args], variables);

    /// <summary>Starts another program that runs pgm.</summary>
    public static PgmProcess StartProgram(
        string program, IEnumerable<string> args, IReadOnlyDictionary<string, string?>? variables = null) =>
        new(ChildProcess.Start([program, .. args], variables));

    /// <summary>Runs to the end.</summary>
    public static Task<PgmProcess> RunAsync(params IEnumerable<string> args) => EndedAsync(Start(args));

    /// <summary>Runs to the end with a variable of the environment set.</summary>
    public static Task<PgmProcess> RunWithAsync(string variable, string value, params IEnumerable<string> args) =>
        EndedAsync(StartWith(new Dictionary<string, string?> { [variable] = value }, args));

    /// <summary>Runs another program to its end, such as a shell that prepares a place and then starts pgm.</summary>
    public static Task<PgmProcess> RunProgramAsync(string program, params IEnumerable<string> args) =>
        EndedAsync(StartProgram(program, args));

    /// <summary>Runs a command of the shell on a file system of a given size; the test is skipped where none can be mounted.</summary>
    /// <inheritdoc cref="SmallDisk.Command" path="/param"/>
    public static async Task<PgmProcess> RunOnDiskAsync(string directory, string size, Func<string, string> command)
    {
        var all = SmallDisk.Command(directory, size, command);
        var run = await RunProgramAsync(all[0], all[1..]);
        try
        {
            SmallDisk.SkipUnlessMounted(run.ExitCode, run.Error);
        }
        catch
        {
            run.Dispose();
            throw;
        }
        return run;
    }

    /// <summary>Runs the client sample to its end.</summary>
    /// <param name="variables">Further ones of its environment.</param>
    /// <param name="args">Its own.</param>
    public static async Task<PgmProcess> RunSampleAsync(IReadOnlyDictionary<string, string?> variables, params IEnumerable<string> args)
    {
        var sample = await PackagedSample.ProgramAsync("SubmitTraining", "PgmCluster.Client");
        return await EndedAsync(StartProgram(Dotnet.Program, ["exec", sample, .. args], variables));
    }

    /// <exception cref="HarnessException">It has not ended in time, and was killed.</exception>
    public async Task WaitForExitAsync(TimeSpan? timeout = null)
    {
        try
        {
            await _process.WaitForExitAsync(timeout ?? DefaultTimeout);
        }
        catch (HarnessException)
        {
            await _process.KillAsync();
            throw;
        }
    }

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="HarnessException">The process ended before, or it did not happen in time.</exception>
    public Task WaitForAsync(string what, Func<PgmProcess, bool> condition, TimeSpan? timeout = null) => Until.Holds(
        what,
        () =>
        {
            var hasExited = HasExited;
            if (condition(this)) return Task.FromResult(true);
            return hasExited
                ? throw new HarnessException($"Waiting for {what}: the process ended with {ExitCode} before.\n{this}")
                : Task.FromResult(false);
        },
        holds => holds, timeout ?? DefaultTimeout);

    /// <summary>kill -9 of this one process.</summary>
    public void Kill() => _process.KillAsync().GetAwaiter().GetResult();

    /// <summary>Sends SIGINT, as Ctrl-C does.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Sends "INT", "TERM" or "HUP".</summary>
    public void Signal(string name) => _process.Signal(name);

    public void Dispose() => _process.Dispose();

    public override string ToString() => _process.ToString();

    private static async Task<PgmProcess> EndedAsync(PgmProcess process)
    {
        await process.WaitForExitAsync();
        return process;
    }

    private static string Lines(string text) => text.Length == 0 ? "" : $"{text}\n";
}
