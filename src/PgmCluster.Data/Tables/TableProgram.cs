using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace PgmCluster.Data.Tables;

/// <summary>How the process that reads tables is started.</summary>
internal static class TableProgram
{
    private const long LeastMemory = 256L << 20;

    /// <summary>What of this process's environment it is given: no secrets.</summary>
    private static readonly string[] Kept = ["PATH", "HOME", "TMPDIR", "LANG", "DOTNET_ROOT", "DOTNET_ROOT_X64", "LD_LIBRARY_PATH"];

    private static readonly string[] Programs = ["pgm", "pgm-silo"];

    /// <summary>
    /// Program and first arguments, where this process runs another one than <c>pgm</c> or <c>pgm-silo</c>: one whose main calls
    /// <see cref="TableReader"/>.
    /// </summary>
    public static (string File, string[] First)? Other { get; set; }

    /// <summary>Bytes that its managed heap may have on a large machine: a file that takes more is read by none.</summary>
    public static long MostMemory { get; set; } = 2L << 30;

    /// <summary>Bytes that its managed heap may have: an eighth of the machine's or container's memory, 256 MiB to 2 GiB.</summary>
    public static long Memory { get; set; } =
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8, LeastMemory, MostMemory);

    public static Process Start()
    {
        var (file, first) = Other ?? Own();
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in first.Append(TableReader.Argument)) start.ArgumentList.Add(argument);
        var kept = Kept.Select(k => (k, Environment.GetEnvironmentVariable(k))).Where(v => v.Item2 is not null).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept) start.Environment[name] = value;
        start.Environment["DOTNET_GCHeapHardLimit"] = Memory.ToString("x", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // Without ICU, as the program itself.
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>This program where it is one of those; else the one that lies beside it.</summary>
    private static (string File, string[] First) Own()
    {
        var (own, entry) = (Environment.ProcessPath, Assembly.GetEntryAssembly());
        if (Programs.Contains(Path.GetFileName(own))) return (own!, []);
        var beside = Programs.Select(p => Path.Combine(AppContext.BaseDirectory, $"{p}.dll"));
        var program = Programs.Contains(entry?.GetName().Name) ? entry!.Location : beside.FirstOrDefault(File.Exists);
        var dotnet = Path.GetFileName(own) == "dotnet" ? own : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH");
        return program is not null
            ? (dotnet ?? "dotnet", ["exec", program])
            : throw new BadInputException("Reading a table: neither pgm nor pgm-silo lies beside this program. Run it with one of these.");
    }
}
