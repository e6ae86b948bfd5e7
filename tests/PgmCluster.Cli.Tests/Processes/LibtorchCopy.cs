using System.Diagnostics;
using System.Text;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>A directory with the program's libtorch in it, of which one file may be changed.</summary>
internal sealed class LibtorchCopy : IDisposable
{
    private const string Cpu = "libtorch_cpu.so";

    /// <summary>aoti_torch_abi_version() of libtorch 2.10.0: "mov rax, 0x020a000000000000; ret".</summary>
    private static readonly byte[] s_version = [0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0x0A, 0x02, 0xC3];

    // On the file system of the program, so that files can be linked.
    public string Path { get; } = Directory.CreateDirectory(
        System.IO.Path.Combine(AppContext.BaseDirectory, $"libtorch-{Guid.NewGuid():N}")).FullName;

    /// <summary>Says that it is 2.11.0, and computes as 2.10.0.</summary>
    public static LibtorchCopy SaysOtherVersion()
    {
        var copy = new LibtorchCopy();
        copy.Change(library =>
        {
            var at = library.IndexOf(s_version);
            Assert.True(at > 0 && library[(at + 1)..].IndexOf(s_version) < 0, "aoti_torch_abi_version is not where it was looked for");
            library[at + 8] = 0x0B;
        });
        return copy;
    }

    /// <summary>Ends the process that asks for its version: an illegal instruction.</summary>
    public static LibtorchCopy Crashes()
    {
        var copy = new LibtorchCopy();
        copy.Change(library => new byte[] { 0x0F, 0x0B }.CopyTo(library[library.IndexOf(s_version)..]));
        return copy;
    }

    /// <summary>Lacks a function that TorchSharp calls: erf.</summary>
    public static LibtorchCopy LacksSymbol()
    {
        var copy = new LibtorchCopy();
        copy.Change(library =>
        {
            var name = Encoding.ASCII.GetBytes("\0_ZN2at4_ops3erf4callERKNS_6TensorE\0");
            for (int at; (at = library.IndexOf(name)) >= 0;) library[at + name.Length - 2] = (byte)'X';
        });
        return copy;
    }

    /// <summary>What is called libtorch_cpu.so there is a text.</summary>
    public static LibtorchCopy IsNoLibrary()
    {
        var copy = new LibtorchCopy();
        copy.Link("libc10.so");
        copy.Link("libtorch.so");
        File.WriteAllText(System.IO.Path.Combine(copy.Path, Cpu), "no library\n");
        return copy;
    }

    /// <summary>Makes it another library than it was, of the same version.</summary>
    public void Append()
    {
        var path = System.IO.Path.Combine(Path, "libtorch.so");
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        File.WriteAllBytes(path, [.. bytes, 0]);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private void Change(SpanAction change)
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "lib*.so*").Select(f => System.IO.Path.GetFileName(f)!))
        {
            if (file is not ("libLibTorchSharp.so" or Cpu)) Link(file);
        }
        var library = File.ReadAllBytes(System.IO.Path.Combine(AppContext.BaseDirectory, Cpu));
        change(library);
        File.WriteAllBytes(System.IO.Path.Combine(Path, Cpu), library);
    }

    private void Link(string file)
    {
        using var ln = Process.Start("ln", [System.IO.Path.Combine(AppContext.BaseDirectory, file), System.IO.Path.Combine(Path, file)]);
        ln.WaitForExit();
        Assert.Equal(0, ln.ExitCode);
    }

    private delegate void SpanAction(Span<byte> library);
}
