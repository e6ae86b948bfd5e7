using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// That <c>pgm doctor</c> has passed with a libtorch of another version: a file of this user and machine,
/// <c>$XDG_CACHE_HOME/pgmcluster/libtorch-HASH.json</c>.
/// </summary>
/// <param name="Library">SHA-256 over the library's files.</param>
/// <param name="Version">What the library says of itself.</param>
/// <param name="Program">The program that passed: another one uses the library in another way.</param>
/// <param name="Devices">What it computed on.</param>
/// <param name="PassedAt">When, UTC.</param>
internal sealed record LibtorchPass(string Library, string Version, string Program, IReadOnlyList<string> Devices, DateTimeOffset PassedAt)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Version and build of this program's part that calls libtorch.</summary>
    public static string ThisProgram { get; } =
        $"{typeof(LibtorchPass).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion} "
        + $"{typeof(LibtorchPass).Module.ModuleVersionId:N}";

    /// <summary>Where passes lie.</summary>
    public static string Directory
    {
        get
        {
            var set = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            // The specification has relative paths ignored.
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
            return Path.Combine(Path.IsPathRooted(set) ? set : Path.Combine(home, ".cache"), "pgmcluster");
        }
    }

    /// <summary>
    /// SHA-256 over names and contents of the files that are loaded of a directory's libtorch, those of CUDA among them where they are
    /// there.
    /// </summary>
    public static string HashOf(string directory)
    {
        var files = System.IO.Directory.GetFiles(directory, "libc10*.so").Concat(System.IO.Directory.GetFiles(directory, "libtorch*.so"))
            .Order(StringComparer.Ordinal).ToArray();
        var hashes = new string[files.Length];
        Parallel.For(0, files.Length, i =>
        {
            using var file = File.OpenRead(files[i]);
            hashes[i] = $"{Path.GetFileName(files[i])} {Convert.ToHexStringLower(SHA256.HashData(file))}\n";
        });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(hashes))));
    }

    /// <summary>Whether this program has passed with it.</summary>
    public static bool Holds(string library)
    {
        try
        {
            return JsonSerializer.Deserialize<LibtorchPass>(File.ReadAllText(FileOf(library)), Json) is { } pass
                && pass.Library == library
                && pass.Program == ThisProgram;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Writes it down.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="BadInputException">The place cannot be written.</exception>
    public string Write()
    {
        var path = FileOf(Library);
        try
        {
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Writing down in {path} that libtorch {Version} has passed: {e.Message.TrimEnd('.')}. Set "
            + "XDG_CACHE_HOME to a directory that this user may write to and that lasts.", e);
        }
    }

    private static string FileOf(string library) => Path.Combine(Directory, $"libtorch-{library[..16]}.json");
}
