using System.Security.Cryptography;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Doctor.Computation;

namespace PgmCluster.Execution.Tests.Doctor;

/// <summary>A copy of the recorded numbers in which something can be changed.</summary>
internal sealed class AlteredFiles : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-recorded-").FullName;

    public AlteredFiles()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "recorded"))) File.Copy(file, InDirectory(file));
    }

    public RecordedFiles Files => new(_directory);

    /// <summary>Replaces one element of a float32 tensor, and the file's sum.</summary>
    public void Alter(string name, string tensor, int element, Func<float, float> change)
    {
        Overwrite(name, tensor, element, change);
        var sums = InDirectory("SHA256SUMS");
        var sum = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(InDirectory(name))));
        var lines = File.ReadAllLines(sums).Where(line => !line.EndsWith("  " + name, StringComparison.Ordinal));
        File.WriteAllLines(sums, [.. lines, $"{sum}  {name}"]);
    }

    /// <summary>Replaces one element, as bad storage would.</summary>
    public void Overwrite(string name, string tensor, int element, Func<float, float> change)
    {
        long offset;
        using (var file = SafetensorsFile.Open(InDirectory(name))) offset = file[tensor].Offset + 4L * element;
        using var stream = File.Open(InDirectory(name), FileMode.Open);
        var bytes = new byte[4];
        stream.Seek(offset, SeekOrigin.Begin);
        stream.ReadExactly(bytes);
        stream.Seek(offset, SeekOrigin.Begin);
        stream.Write(BitConverter.GetBytes(change(BitConverter.ToSingle(bytes))));
    }

    public void Delete(string name) => File.Delete(InDirectory(name));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string InDirectory(string file) => Path.Combine(_directory, Path.GetFileName(file));
}
