using System.Security.Cryptography;
using PgmCluster.Data;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// The recorded numbers that ship with the program: inputs, weights, and what the public code made of them in float32 on a CPU.
/// </summary>
/// <param name="directory">Holds the files and their sums.</param>
internal sealed class RecordedFiles(string directory)
{
    public const string Partition = "pgm.safetensors", MaskGit = "maskgit.safetensors";
    public const string Tokenizer = "tokenizer.safetensors", Inception = "inception.safetensors";

    private const string Sums = "SHA256SUMS", Subject = "recorded numbers";
    private const string Advice = "Install the program again: the numbers that devices are compared with must be those it came with.";

    private static readonly string[] Names = [Partition, MaskGit, Tokenizer, Inception];

    public static RecordedFiles BesideProgram { get; } = new(Path.Combine(AppContext.BaseDirectory, "recorded"));

    /// <summary>Compares every file with its sum.</summary>
    public Finding Check()
    {
        try
        {
            var sums = File.ReadLines(Path.Combine(directory, Sums)).Select(line => line.Split("  ", 2)).Where(p => p.Length == 2)
                .ToDictionary(p => p[1], p => p[0], StringComparer.Ordinal);
            foreach (var name in Names)
            {
                var path = Path.Combine(directory, name);
                using var file = File.OpenRead(path);
                if (Convert.ToHexStringLower(SHA256.HashData(file)) != sums.GetValueOrDefault(name))
                    return Finding.Failed(Subject, $"{path} is not what was installed: its SHA-256 is not the one in {Sums}", Advice);
            }
            return Finding.Ok(Subject, $"{Names.Length} files in {directory} are as installed");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Failed(Subject, e.Message.ReplaceLineEndings(" ").TrimEnd('.'), Advice);
        }
    }

    /// <exception cref="DataCorruptException">The file is not whole.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public SafetensorsFile Open(string name) => SafetensorsFile.Open(Path.Combine(directory, name));
}
