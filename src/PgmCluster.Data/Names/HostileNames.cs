using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Names;

/// <summary>
/// Names that a checkpoint has no use for but to run something. Nothing of a file is run whatever it names; a file that tries is refused as
/// a whole all the same, since whoever made it meant harm to other readers.
/// </summary>
internal static class HostileNames
{
    private static readonly HashSet<string> Modules = new(StringComparer.Ordinal)
    {
        "subprocess", "_posixsubprocess", "pty", "commands", "popen2", "runpy", "code", "codeop", "pdb", "bdb", "timeit", "cProfile",
        "profile", "importlib", "imp",
        "pkgutil", "ctypes", "socket", "webbrowser", "shutil", "pip", "torch.utils.cpp_extension",
    };

    /// <summary>Modules whose functions act on the machine; their classes only describe it.</summary>
    private static readonly HashSet<string> Systems = new(StringComparer.Ordinal) { "os", "posix", "nt", "sys" };

    private static readonly HashSet<string> Builtins = new(StringComparer.Ordinal)
    {
        "eval", "exec", "execfile", "compile", "__import__", "open", "input", "breakpoint", "apply", "globals", "delattr", "setattr",
    };

    public static bool Contains(string module, string name) =>
        Modules.Contains(module) || (module is "builtins" or "__builtin__" && Builtins.Contains(name))
            || (Systems.Contains(module) && !IsClass(name));

    private static bool IsClass(string name) =>
        name.EndsWith("_result", StringComparison.Ordinal) || (name.TrimStart('_') is [var first, ..] && char.IsUpper(first));
}
