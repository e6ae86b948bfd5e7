using System.Reflection;
using System.Runtime.InteropServices;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Cli.Support;

/// <summary>What somebody who is asked for help needs to see.</summary>
internal static class SupportContents
{
    /// <summary>Of one file of a log, its end; and files, the newest.</summary>
    private const int LogBytes = 2 << 20, LogFiles = 12;

    /// <summary>Jobs, those created last.</summary>
    private const int Jobs = 200;

    /// <summary>A cluster that does not answer within it is said not to.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>What others set and libraries read, besides the program's own variables.</summary>
    private static readonly string[] s_variables =
    [
        "PGM_GATEWAY", "PGM_HOME", "PGM_TLS", "PGM_FAULTS", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE",
        "CUBLAS_WORKSPACE_CONFIG", "NCCL_DEBUG", "NCCL_SOCKET_IFNAME", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "MKL_CBWR",
        "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "LD_LIBRARY_PATH", "LD_PRELOAD", "DOTNET_gcServer", "DOTNET_GCHeapHardLimit",
        "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN",
        "HF_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SLURM_JOB_ID", "KUBERNETES_SERVICE_HOST", "LANG", "TERM", "NO_COLOR",
    ];

    /// <summary>Names of the variables that are shown, or said to be set.</summary>
    public static IEnumerable<string> Variables =>
        SiloConfiguration.Names.Select(name => $"PGM_{name.ToUpperInvariant()}").Concat(s_variables).Distinct();

    /// <summary>The program and the machine.</summary>
    public static object About(DateTimeOffset at, string cpu) => new
    {
        madeAt = at,
        version = typeof(SupportContents).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
        runtime = RuntimeInformation.FrameworkDescription,
        system = RuntimeInformation.OSDescription,
        architecture = $"{RuntimeInformation.OSArchitecture}",
        cpu,
        processors = Environment.ProcessorCount,
        memoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
    };

    /// <summary>Every setting of a silo with the value that it would have here; of the database what is no password.</summary>
    public static IReadOnlyDictionary<string, string> Settings(SiloOptions options) => SiloConfiguration.Names.ToDictionary(
        name => name,
        name => FormattableString.Invariant($"{typeof(SiloOptions).GetProperty(name)!.GetValue(options)}"));

    /// <summary>Variables that are set.</summary>
    public static IReadOnlyDictionary<string, string> Environments(Func<string, string?> variable) => Variables
        .Where(name => variable(name) is { Length: > 0 })
        .ToDictionary(name => name, name => HiddenWords.IsSecret(name) ? "(set)" : variable(name)!);

    /// <summary>What the cluster says of itself; why it does not where it does not.</summary>
    public static async Task<object> ClusterAsync(Invocation invocation)
    {
        try
        {
            await using var session = await invocation.ConnectAsync().WaitAsync(s_patience, invocation.Cancellation);
            if (session is null) return new { answers = false, why = $"No silo runs on {invocation.Home.Root}, and no gateway is named." };
            return await AskAsync(session).WaitAsync(s_patience, invocation.Cancellation);
        }
        catch (TimeoutException)
        {
            return new { answers = false, why = $"It did not answer within {s_patience.TotalSeconds:0} s." };
        }
        catch (Exception e) when (!invocation.Cancellation.IsCancellationRequested)
        {
            return new { answers = false, why = ErrorLine.Of(e) };
        }
    }

    /// <summary>The ends of the newest logs of a directory, by name.</summary>
    public static IEnumerable<(string Name, string Text)> Logs(string directory)
    {
        if (!Directory.Exists(directory)) yield break;
        var newest = new DirectoryInfo(directory).GetFiles().OrderByDescending(f => f.LastWriteTimeUtc).Take(LogFiles);
        foreach (var file in newest.OrderBy(f => f.Name, StringComparer.Ordinal)) yield return (file.Name, End(file));
    }

    private static async Task<object> AskAsync(IClusterSession session)
    {
        var devices = session.Get<IDevicesGrain>("default");
        var jobs = await session.Get<ICatalogGrain>(CatalogKinds.Jobs).Page(new CatalogQuery { Limit = Jobs });
        return new
        {
            answers = true,
            session.ClusterId,
            session.Gateway,
            workers = await devices.GetDevices(),
            queue = await devices.GetQueue(),
            jobs = jobs.Entries,
        };
    }

    private static string End(FileInfo file)
    {
        try
        {
            using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var skipped = Math.Max(0, stream.Length - LogBytes);
            stream.Seek(skipped, SeekOrigin.Begin);
            using var reader = new StreamReader(stream);
            // The first line is a part of one.
            if (skipped > 0) reader.ReadLine();
            return skipped > 0 ? $"({skipped} bytes before this are left out)\n{reader.ReadToEnd()}" : reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"(cannot be read: {e.Message})\n";
        }
    }
}
