using System.Diagnostics;
using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Cli.Doctor;

/// <summary>
/// The part of the doctor that computes, in a process of its own: what libtorch, a driver or a device does wrong may end a process without
/// a word, and that has to become a line.
/// </summary>
internal static class ComputeProcess
{
    private const int FirstSignal = 128;

    /// <param name="options">Devices, their cores and the libtorch are taken from there.</param>
    /// <param name="arguments">Of the command.</param>
    /// <param name="said">Told of each message as it comes.</param>
    /// <param name="cancellation">Kills it.</param>
    public static async Task RunAsync(
        SiloOptions options, IEnumerable<string> arguments, Action<ComputeMessage> said, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var (program, first) = Program();
        start.FileName = program;
        foreach (var argument in first.Concat(arguments)) start.ArgumentList.Add(argument);
        start.Environment["PGM_DEVICES"] = options.Devices;
        start.Environment["PGM_CORESPERDEVICE"] = options.CoresPerDevice.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGM_LIBTORCH"] = options.LibTorch;
        start.Environment["PGM_LIBTORCHANYVERSION"] = options.LibTorchAnyVersion ? "true" : "false";
        using var process = Process.Start(start)!;
        await using var killed = cancellation.Register(() => process.Kill());
        var last = "";
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (ComputeMessage.Read(line) is not { } message) continue;
            last = message.Finding?.Subject ?? last;
            said(message);
        }
        await process.WaitForExitAsync(CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != ExitCodes.Ok) said(new ComputeMessage { Finding = Ended(process.ExitCode, last, await errors) });
    }

    private static Finding Ended(int code, string last, string errors)
    {
        var how = code > FirstSignal ? $"signal {code - FirstSignal}" : $"exit code {code}";
        var when = last.Length > 0 ? $"after '{last}'" : "as it loaded libtorch";
        var words = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        return Finding.Failed(
            "computing",
            $"the process that computes was ended by {how} {when}{(words is null ? "" : $" ({words.TrimEnd('.')})")}",
            "See whether it is so with the program's own libtorch (without PGM_LIBTORCH); if it is, look at the kernel's log, and at "
            + "'nvidia-smi -q' where it is a GPU.");
    }

    /// <summary>How this program is started again.</summary>
    private static (string Program, string[] First) Program()
    {
        var own = Environment.ProcessPath;
        if (own is not null && Path.GetFileName(own) == "pgm") return (own, []);
        var dotnet = Path.GetFileName(own) == "dotnet" ? own : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH");
        return (dotnet ?? "dotnet", ["exec", typeof(ComputeProcess).Assembly.Location]);
    }
}
